"""``gradspec check`` under signals."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import CULPRIT, FEW, HARNESS, NAMES, command

pytestmark = HARNESS
CHECK = (sys.executable, "-m", "gradspec", "check", "--fixtures")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_interrupted_reports_what_it_has(small: Path, number: int, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    call = [*CHECK, str(small), "--timeout", "60", "--json", str(report), *FEW]
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


def test_an_interrupt_before_the_hello_is_no_failure_of_the_candidate(small: Path) -> None:
    call = [*CHECK, str(small), "--timeout", "60", *FEW]
    with subprocess.Popen([*call, "--", *command("says_no_hello")], stderr=subprocess.PIPE, text=True) as process:
        while not Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text():
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=20)[1]
    assert (process.returncode, "Traceback" in text) == (2, False), text


def test_a_run_under_nohup_goes_on_when_the_terminal_is_gone(small: Path, tmp_path: Path) -> None:
    call = [*CHECK, str(small), *FEW, "--", *command("sleeps", "case", 0.2)]
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, **ignored) as process:
        while not (tmp_path / "state").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGHUP)
        text = process.communicate(timeout=20)[0]
    assert (process.returncode, "cut short" in text) == (0, False), text
