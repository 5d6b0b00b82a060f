"""Candidates that break in every way: the right case is blamed by the right name, and nothing is left behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bad_candidates
from conftest import ROOT
from gradspec_conformance.fixture import Case, Interval
from gradspec_conformance.report import claim
from gradspec_conformance.run import Result, Run, check, presentations
from gradspec_conformance.session import Question
from gradspec_conformance.supervisor import CandidateError, Supervisor

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]

BAD = str(ROOT / "tests" / "bad_candidates.py")
MARK = "GRADSPEC_TEST_MARK"
LIMIT = 0.6  # for what must run into the limit; it covers the start of an interpreter as well
AMPLE = 20.0  # for what must not
NAMES = (
    "identity/float64/scalar",
    "affine/float64/columns",
    "affine/float64/empty_batch",
    "affine/float64/many_rows",
    "affine/float64/nan_input",
    "affine/float64/odd_batch",
    "affine/float64/one_row",
    "relu/float64/opposed_signs",
    "relu/float64/vector",
)
CULPRIT = "affine/float64/many_rows"
MEGABYTE = 1 << 20


@pytest.fixture
def few(cases: list[Case]) -> list[Case]:
    found = [c for c in cases if c.id in NAMES]
    assert [c.id for c in found if c.inputs["x"].shape == (67, 3)] == [CULPRIT]
    return found


@pytest.fixture
def identity(cases: list[Case]) -> list[Case]:
    return [c for c in cases if c.id == NAMES[0]]


def marked(mark: str) -> list[str]:
    """Return the processes, zombies aside, that were started with `mark` in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(f"{process.name}: {(process / 'cmdline').read_text()}")
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Let every test here fail that leaves a process or a file descriptor behind."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv(bad_candidates.STATE, str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    before = sorted(os.listdir("/proc/self/fd"))
    yield mark
    deadline = time.monotonic() + 2
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = marked(mark)
    for line in left:
        os.kill(int(line.split(":")[0]), signal.SIGKILL)
    assert left == []
    assert sorted(os.listdir("/proc/self/fd")) == before


def command(fault: str, scope: str = "once", seconds: float = 0.0) -> list[str]:
    return [sys.executable, BAD, fault, scope, str(seconds)]


def judged(cases: list[Case], limit: float, *arguments: Any) -> Run:
    """Run a bad candidate, and make sure that every presentation was judged exactly once."""
    supervisor, run = Supervisor(command(*arguments), limit), Run(len(cases))
    try:
        check(run, supervisor, cases)
    finally:
        supervisor.close()
    if run.plumbing:
        asked = Counter((r.presentation.case.id, r.presentation.name) for r in run.results)
        assert asked == Counter((p.case.id, p.name) for c in cases for p in presentations(c))
    assert run.complete
    return run


def failures(run: Run) -> dict[tuple[str, str], Result]:
    return {(r.presentation.case.id, r.presentation.name): r for r in run.results if r.verdict != "passed"}


def the_failure(run: Run) -> Result:
    """Return the one failure, which must be the culprit's as asked plainly."""
    assert list(failures(run)) == [(CULPRIT, "plain")]
    assert run.exit_code == 1
    return failures(run)[CULPRIT, "plain"]


# No candidate to judge.

NO_CANDIDATE = {
    "exits_at_start": (AMPLE, "the process exited with code 3"),
    "says_no_hello": (LIMIT, f"no reply within {LIMIT:g} s"),
    "other_protocol": (AMPLE, "no hello of protocol 1"),
    "invalid_hello": (AMPLE, "encoding"),
    "greets_in_words": (AMPLE, "Welcome to mylib 0.3!"),
    "endless_hello": (AMPLE, "without the end of a line"),
}


@pytest.mark.parametrize("fault", NO_CANDIDATE)
def test_a_candidate_without_a_right_hello_is_none(fault: str) -> None:
    limit, message = NO_CANDIDATE[fault]
    with pytest.raises(CandidateError) as error:
        Supervisor(command(fault), limit)
    assert message in str(error.value)


def test_what_a_candidate_said_before_it_failed_to_start_is_shown() -> None:
    with pytest.raises(CandidateError, match=r"libmine\.so: cannot open shared object file"):
        Supervisor(command("exits_at_start"), AMPLE)


def test_a_candidate_that_declares_nothing_is_asked_nothing(few: list[Case]) -> None:
    supervisor, run = Supervisor(command("declares_nothing"), AMPLE), Run(len(few))
    check(run, supervisor, few)
    supervisor.close()
    assert (run.results, run.exit_code, len(run.skipped)) == ([], 2, len(few))


def test_only_what_was_declared_is_asked(cases: list[Case]) -> None:
    some = [c for c in cases if c.layer in ("identity", "affine")]
    supervisor, run = Supervisor(command("declares_float32_only"), AMPLE), Run(len(some))
    check(run, supervisor, some)
    supervisor.close()
    asked = {c.id for c in some if c.layer == "affine" and c.dtype == "float32" and c.attributes["layout"] == "rows"}
    assert {r.presentation.case.id for r in run.results} == asked
    assert run.skipped.keys() == {c.id for c in some} - asked
    assert set(run.skipped.values()) == {
        "layer identity not declared",
        "dtype float64 not declared",
        "layout = columns not declared",
    }


@pytest.mark.parametrize(
    ("fault", "claimed"),
    [
        (
            "declares_an_unknown_layer",
            "identity, relu (float64, float32); affine (float64, float32; layout rows, columns)",
        ),
        ("declares_an_unknown_value", "identity (float64)"),
    ],
)
def test_nothing_is_claimed_of_what_was_not_asked(cases: list[Case], fault: str, claimed: str) -> None:
    supervisor, run = Supervisor(command(fault), AMPLE), Run(len(cases))
    check(run, supervisor, cases)
    supervisor.close()
    assert run.exit_code == 0
    assert claim(run) == f"conforms to gradspec 1.0: {claimed}"


def test_a_part_of_the_corpus_allows_no_claim_of_the_rest(identity: list[Case]) -> None:
    run = judged(identity, AMPLE, "none")
    assert run.exit_code == 0
    assert not {"relu", "affine", "float32"} & set(claim(run).replace(",", " ").replace("(", " ").split())


# One fault in one case.

ONE_FAULT = {
    "hangs": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "ignores_sigterm": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "stops_itself": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "closes_stdin": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "segfaults": (AMPLE, "crash", "killed by SIGSEGV"),
    "is_killed": (AMPLE, "crash", "killed by SIGKILL"),
    "aborts": (AMPLE, "crash", "killed by SIGABRT"),
    "dies_of_a_nameless_signal": (AMPLE, "crash", str(signal.SIGRTMIN + 6)),
    "exits": (AMPLE, "crash", "exited with code 7"),
    "replies_by_half_and_exits": (AMPLE, "crash", "exited with code 0"),
    "closes_stdout": (AMPLE, "crash", "closed its output but goes on"),
    "dies_with_unflushed_replies": (AMPLE, "crash", "killed by SIGKILL"),
    "floods_stderr_and_dies": (AMPLE, "crash", "exited with code 7"),
    "endless_line": (AMPLE, "garbage", "without the end of a line"),
    "endless_lines": (AMPLE, "garbage", "not JSON"),
    "invalid_utf8": (AMPLE, "garbage", "not JSON"),
    "prints_to_stdout": (AMPLE, "garbage", "DEBUG x.shape = (67, 3)"),
    "bare_nan": (AMPLE, "garbage", "not JSON"),
    "null_for_nan": (AMPLE, "garbage", "outputs/y/data"),
    "deeply_nested": (AMPLE, "garbage", ""),
    "two_replies_in_one_line": (AMPLE, "garbage", "not JSON"),
    "extra_key": (AMPLE, "garbage", "seconds"),
    "says_hello_again": (AMPLE, "garbage", "kind among result, refusal, error"),
    "no_base64": (AMPLE, "garbage", "not base64"),
    "wrong_id": (AMPLE, "wrong_id", "the reply has id"),
    "out_of_order": (AMPLE, "wrong_id", "none of them alone does it"),
    "wrong_shape": (AMPLE, "wrong_shape", "outputs/y must be float64 [67, 2], got float64 [2, 67]"),
    "broadcast_shape": (AMPLE, "wrong_shape", "gradients/b must be float64 [2], got float64 [1, 2]"),
    "wrong_dtype": (AMPLE, "wrong_shape", "outputs/y must be float64 [67, 2], got float32 [67, 2]"),
    "missing_tensor": (AMPLE, "wrong_shape", "lacks gradients/w"),
    "extra_tensor": (AMPLE, "wrong_shape", "has unasked outputs/z"),
    "base64_too_short": (AMPLE, "wrong_shape", "needs 134 elements, got 133"),
    "base64_in_mid_element": (AMPLE, "wrong_shape", "no whole number of float64"),
    "refuses": (AMPLE, "refused", "unsupported: no affine of 67 rows"),
    "raises": (AMPLE, "error", "IndexError: list index out of range"),
    "nan_gradients": (AMPLE, "wrong", ""),
    "one_bit_off": (AMPLE, "wrong", ""),
}


@pytest.mark.parametrize("fault", ONE_FAULT)
def test_one_fault_in_one_case_fails_that_case_by_name(few: list[Case], fault: str) -> None:
    limit, verdict, message = ONE_FAULT[fault]
    started = time.monotonic()
    found = the_failure(judged(few, limit, fault))
    assert (found.verdict, message in found.message) == (verdict, True), found.message
    assert time.monotonic() - started < 15


def test_an_end_is_told_even_if_a_grandchild_holds_the_pipes(few: list[Case]) -> None:
    found = the_failure(judged(few, LIMIT, "leaves_a_grandchild"))
    assert found.verdict in ("crash", "timeout")  # that the output stays open is all that the harness can know at first
    assert "exited with code 5" in found.message


def test_the_elements_that_are_wrong_are_named(few: list[Case]) -> None:
    (finding,) = the_failure(judged(few, AMPLE, "one_bit_off")).judgement.findings
    assert (finding.tensor, finding.wrong, finding.elements) == ("gradients/w", 1, 6)
    assert finding.index == (2, 1)
    assert not finding.lo <= finding.got <= finding.hi
    assert finding.share > 1
    nans = the_failure(judged(few, AMPLE, "nan_gradients")).judgement.findings
    assert {f.tensor: f.wrong for f in nans} == {"gradients/b": 2, "gradients/w": 6, "gradients/x": 201}
    assert all(np.isnan(f.got) and f.share == np.inf for f in nans)


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("exits", "assertion failed: n < 67"),
        ("aborts", "free(): invalid pointer"),
        ("floods_stderr_and_dies", "the end of the flood"),
    ],
)
def test_the_end_of_standard_error_is_kept_with_the_failure(few: list[Case], fault: str, end: str) -> None:
    assert the_failure(judged(few, AMPLE, fault)).stderr.endswith(end)


@pytest.mark.parametrize("fault", ["segfaults", "wrong_id", "invalid_utf8", "wrong_shape"])
def test_a_fault_in_each_presentation_fails_each_and_no_other_case(few: list[Case], fault: str) -> None:
    expected = {(CULPRIT, p.name) for c in few if c.id == CULPRIT for p in presentations(c)}
    assert failures(judged(few, AMPLE, fault, "case")).keys() == expected


@pytest.mark.parametrize("scope", ["once", "last", "case"])
@pytest.mark.parametrize("fault", ["replies_twice", "dies_after_the_reply", "out_of_order"])
def test_a_fault_that_shows_at_the_next_request_is_not_the_next_ones(few: list[Case], fault: str, scope: str) -> None:
    run = judged(few, AMPLE, fault, scope)
    assert {case_id for case_id, _ in failures(run)} == {CULPRIT}
    expected = {"replies_twice": {"garbage", "wrong_id"}, "dies_after_the_reply": {"crash"}}
    assert {r.verdict for r in failures(run).values()} <= expected.get(fault, {"wrong_id"})


def test_a_reply_followed_by_an_endless_line_fails_and_ends(few: list[Case]) -> None:
    run = judged(few, AMPLE, "mutters_after_the_reply", "last")
    assert {case_id for case_id, _ in failures(run)} == {CULPRIT}
    assert {r.verdict for r in failures(run).values()} == {"garbage"}


# What is unusual, and right.


@pytest.mark.parametrize(
    "fault", ["none", "floods_stderr", "has_a_helper", "lives_on", "integral_floats", "other_form_of_json"]
)
def test_what_is_unusual_but_right_passes(few: list[Case], fault: str) -> None:
    run = judged(few, AMPLE, fault, "case")
    assert failures(run) == {}
    assert run.exit_code == 0


def test_the_limit_is_for_each_request(few: list[Case]) -> None:
    run = judged(few, LIMIT, "sleeps", "case", 0.5 * LIMIT)
    assert failures(run) == {}
    assert run.asking_seconds > 2.5 * LIMIT


def test_a_candidate_may_hold_replies_back_while_requests_wait(few: list[Case]) -> None:
    """PR-1 allows it, so the requests that wait must not add up to a timeout."""
    assert failures(judged(few, LIMIT, "buffers_and_sleeps", "once", 0.03)) == {}


def test_a_candidate_that_never_flushes_runs_into_the_limit(identity: list[Case]) -> None:
    run = judged(identity, LIMIT, "never_flushes")
    assert {r.verdict for r in run.results} == {"timeout"}


def test_all_answers_pass_whatever_the_candidate_buffers(identity: list[Case]) -> None:
    """A long reply may follow a short one in the same breath."""
    big = np.linspace(-1.0, 1.0, 40_000)
    interval = {"x": Interval(big, big, big)}
    case = Case("identity", "float64", "big", "", {}, (), (), {"x": big}, {"y": big}, {"y": interval["x"]}, interval)
    assert failures(judged([*identity, case, *identity], AMPLE, "buffers_and_sleeps")) == {}


# Whole lives.


def test_a_candidate_that_always_hangs_fails_identity_and_no_more_is_asked(few: list[Case]) -> None:
    started = time.monotonic()
    run = judged(few, LIMIT, "hangs", "always")
    assert {r.verdict for r in run.results} == {"timeout"}
    assert {r.presentation.case.layer for r in run.results} == {"identity"}
    assert set(run.skipped.values()) == {"identity failed"}
    assert len(run.skipped) == len(few) - 1
    assert run.exit_code == 1
    assert time.monotonic() - started < 12


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("segfaults", "crash"), ("invalid_utf8", "garbage"), ("wrong_id", "wrong_id"), ("raises", "error")],
)
def test_what_fails_always_fails_every_request_by_the_same_name(identity: list[Case], fault: str, verdict: str) -> None:
    run = judged(identity, AMPLE, fault, "always")
    assert [r.verdict for r in run.results] == [verdict] * len(list(presentations(identity[0])))


def test_dying_at_random_passes_no_run_and_spoils_no_other_answer(cases: list[Case]) -> None:
    some = [c for c in cases if c.layer == "relu"]
    run = judged(some, AMPLE, "dies_at_random")
    found = failures(run)
    assert {r.verdict for r in found.values()} == {"crash"}
    assert run.exit_code == 1
    assert 0 < len(found) < len(run.results) / 4


def test_a_candidate_that_does_not_start_again_fails_the_rest(few: list[Case]) -> None:
    run = judged(few, AMPLE, "does_not_start_again")
    order = [r.presentation for r in run.results]
    first = next(i for i, p in enumerate(order) if (p.case.id, p.name) == (CULPRIT, "plain"))
    assert {r.verdict for r in run.results[:first]} == {"passed"}
    assert {r.verdict for r in run.results[first:]} == {"crash"}
    assert all("the lock is held" in r.message + r.stderr for r in run.results[first + 1 :])


def test_one_failed_start_is_no_verdict(few: list[Case]) -> None:
    found = the_failure(judged(few, AMPLE, "starts_every_second_time"))
    assert "exited with code 7" in found.message


# The harness itself.


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


def questions(cases: list[Case]) -> list[Question]:
    found = enumerate(p for c in cases for p in presentations(c))
    return [Question(i, lambda p=p, i=i: p.message(i, "base64"), p.reply_bytes) for i, p in found]


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
    assert [type(reply) for _, reply in supervisor.ask(questions(identity))] == [dict, dict]
    supervisor.close()


def gradspec(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "gradspec_conformance", *arguments]
    return subprocess.run(call, capture_output=True, text=True, timeout=60, **options)


FEW = [argument for name in NAMES for argument in ("--case", name)]


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
    call = [sys.executable, "-m", "gradspec_conformance", "check", "--timeout", "60", "--json", str(report), *FEW]
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
    assert document["summary"]["passed"] == 3  # a case of which a part was asked has not passed


def test_an_interrupt_before_the_hello_is_no_failure_of_the_candidate() -> None:
    call = [sys.executable, "-m", "gradspec_conformance", "check", "--timeout", "60", *FEW]
    with subprocess.Popen([*call, "--", *command("says_no_hello")], stderr=subprocess.PIPE, text=True) as process:
        while not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text():
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=20)[1]
    assert (process.returncode, "Traceback" in text) == (2, False), text


def test_a_run_under_nohup_goes_on_when_the_terminal_is_gone(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "gradspec_conformance", "check", *FEW, "--", *command("sleeps", "case", 0.2)]
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, **ignored) as process:
        while not (tmp_path / "state").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGHUP)
        text = process.communicate(timeout=20)[0]
    assert (process.returncode, "cut short" in text) == (0, False), text


def test_every_fault_is_tested() -> None:
    text = Path(__file__).read_text()
    names = {*bad_candidates.STARTS, *bad_candidates.FAULTS, *bad_candidates.LIVES}
    assert {name for name in names if f'"{name}"' not in text} == set()
