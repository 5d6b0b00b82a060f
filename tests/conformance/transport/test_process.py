"""The harness itself: its memory, its patience with itself, its command line, and signals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest

import bad_candidates
from gradspec.corpus.case import Case
from gradspec.transport.supervisor import Supervisor
from harness import AMPLE, CULPRIT, FEW, HARNESS, LIMIT, MEGABYTE, NAMES, command, gradspec, judged, questions
from paths import ROOT

pytestmark = HARNESS


def resident(key: str) -> int:
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields[key].split()[0]) << 10


@pytest.mark.parametrize(("fault", "scope"), [("endless_line", "once"), ("floods_stderr", "case")])
def test_memory_stays_bounded_whatever_is_written(few: list[Case], fault: str, scope: str) -> None:
    judged(few, AMPLE, "none")
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    judged(few, AMPLE, fault, scope)
    assert resident("VmHWM") - before < 40 * MEGABYTE


@pytest.mark.parametrize(
    "fault",
    [
        "a_million_digits",
        "endless_hello",
        "endless_line",
        "endless_lines",
        "enormous_shape",
        "floods_everything",
        "floods_stderr",
        "mutters_after_the_reply",
        "nested_100000_deep",
    ],
)
def test_the_whole_program_stays_under_300_megabytes(small: Path, fault: str) -> None:
    call = [sys.executable, "-m", "gradspec", "check", "--fixtures", str(small), *FEW, "--"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*call, *command(fault)], **quiet)  # type: ignore[call-overload]
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == {"endless_hello": 2, "floods_stderr": 0}.get(fault, 1)
    assert usage.ru_maxrss << 10 < 300 * MEGABYTE


def test_the_harness_may_be_slow_itself(few: list[Case]) -> None:
    """Time that the harness takes, or loses while it is suspended, is not the candidate's."""
    supervisor, kinds = Supervisor(command("none"), LIMIT), []
    for question, reply in supervisor.ask(questions(few[:3])):
        if question.id in (0, 2):
            time.sleep(1.5 * LIMIT)
        kinds.append(reply["kind"] if isinstance(reply, dict) else reply)
    supervisor.close()
    assert kinds == ["result"] * len(questions(few[:3]))


def test_closing_is_quiet_whatever_is_still_being_written(identity: list[Case]) -> None:
    supervisor = Supervisor(command("mutters_after_the_reply", "always"), AMPLE)
    (question, *_) = questions(identity)
    replies = [reply for _, reply in supervisor._alive().exchange(deque([question]), 1)]
    time.sleep(0.5)
    supervisor.close()
    assert [r["kind"] for r in replies] == ["result"]


def test_supervisors_may_be_closed_twice(identity: list[Case]) -> None:
    supervisor = Supervisor(command("none"), AMPLE)
    supervisor.close()
    supervisor.close()
    assert [type(reply) for _, reply in supervisor.ask(questions(identity))] == [dict] * 3
    supervisor.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("exits", ["verdict: crash", "exited with code 7", "assertion failed: n < 67"]),
        ("refuses", ["verdict: refused", "no affine of 67 rows [/] here"]),
        ("raises", ["verdict: error", "list index out of range [/red]"]),
        ("one_bit_off", ["verdict: wrong", "gradients/w[2, 1]: got "]),
        ("prints_to_stdout", ["verdict: garbage", "DEBUG x.shape = (67, 3)"]),
    ],
)
def test_the_command_line_shows_the_fault(fault: str, words: list[str]) -> None:
    done = gradspec("check", *FEW, "--", *command(fault))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("FAILED") == 1
    text = " ".join(done.stdout.split())
    for word in [CULPRIT, *words, f"{len(NAMES)} of ", f"{len(NAMES) - 1} passed, 1 failed"]:
        assert word in text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("fault", ["name_with_markup", "name_in_japanese"])
def test_any_name_can_be_shown(fault: str, encoding: str) -> None:
    done = gradspec("check", *FEW, "--", *command(fault), env={**os.environ, "PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, "")
    if fault == "name_with_markup":
        assert "m[/]y[red [1.0] against" in done.stdout
    elif encoding == "utf-8":
        assert "名前 1 against" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_interrupted_reports_what_it_has(number: int, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    call = [sys.executable, "-m", "gradspec", "check", "--timeout", "60", "--json", str(report), *FEW]
    with subprocess.Popen([*call, "--", *command("hangs", "last")], stdout=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "state").exists():
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(number)
        started = time.monotonic()
        text = process.communicate(timeout=20)[0]
    assert time.monotonic() - started < 5
    assert process.returncode == 2
    assert "The run was cut short" in text
    document = json.loads(report.read_text())
    assert document["complete"] is False
    assert {r["verdict"] for r in document["results"]} == {"passed"}
    half_asked = {r["case"] for r in document["results"]} - {NAMES[0], "affine/float64/columns", NAMES[2]}
    assert half_asked == {CULPRIT}
    begun = "the run was cut short before the case had been asked in every variant"
    assert document["summary"]["passed"] == 0  # a case of which a part was asked has not passed
    assert (document["skipped"][begun], document["skipped"]["the run was cut short"]) == (4, 5)


def test_an_interrupt_before_the_hello_is_no_failure_of_the_candidate() -> None:
    call = [sys.executable, "-m", "gradspec", "check", "--timeout", "60", *FEW]
    with subprocess.Popen([*call, "--", *command("says_no_hello")], stderr=subprocess.PIPE, text=True) as process:
        while not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text():
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=20)[1]
    assert (process.returncode, "Traceback" in text) == (2, False), text


def test_a_run_under_nohup_goes_on_when_the_terminal_is_gone(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "gradspec", "check", *FEW, "--", *command("sleeps", "case", 0.2)]
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, **ignored) as process:
        while not (tmp_path / "state").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGHUP)
        text = process.communicate(timeout=20)[0]
    assert (process.returncode, "cut short" in text) == (0, False), text


def test_every_fault_is_tested() -> None:
    text = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    names = {*bad_candidates.STARTS, *bad_candidates.FAULTS, *bad_candidates.LIVES}
    assert {name for name in names if f'"{name}"' not in text} == set()
