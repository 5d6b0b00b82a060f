"""Every life of a candidate counts: none that ended early is forgotten, and none costs without end."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gradspec.corpus.case import Case
from gradspec.report.summary import claim
from gradspec.transport import limits
from gradspec.transport.jobs import Jobs
from gradspec.transport.kin import kin
from gradspec.transport.process import HarnessError, Process
from gradspec.transport.supervisor import NOT_ASKED, Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from harness import AMPLE, CULPRIT, FEW, HARNESS, LIMIT, command, failures, gradspec, judged, marked

pytestmark = HARNESS


@pytest.mark.parametrize("fault", ["hangs_at_every_tenth", "hangs_once"])
def test_a_timeout_is_never_forgotten(few: list[Case], fault: str) -> None:
    """PR-H2: also where it does not come again, and every answer was right."""
    run = judged(few, LIMIT, fault)
    assert {r.verdict for r in failures(run).values()} <= {"timeout", NOT_ASKED}
    assert "timeout" in {r.verdict for r in failures(run).values()}
    assert run.exit_code == 1
    assert not run.lives.sound
    assert "its process broke off" in run.lives.told()


def test_replies_that_were_held_back_are_told_of_beside_the_claim(cases: list[Case]) -> None:
    some = [c for c in cases if c.layer == "relu" and c.dtype == "float64"]
    run = judged(some, LIMIT, "buffers_and_sleeps", "once", 0.04)
    assert failures(run) == {}
    assert [i.fault for i in run.lives.incidents] == ["timeout"]
    assert run.lives.incidents[0].in_flight == 32
    assert run.exit_code == 0
    assert claim(run).endswith("(1 timeout); asked one by one, it answered in time")


@pytest.mark.parametrize("jobs", [1, 3])
def test_an_end_that_no_case_is_to_blame_for_fails_the_run(few: list[Case], jobs: int) -> None:
    run = judged(few[:3], AMPLE, "ends_badly", jobs=jobs)
    assert run.exit_code == 1
    assert not run.lives.sound


def test_a_layer_that_crashes_in_every_request_is_given_up(cases: list[Case]) -> None:
    some = [c for c in cases if c.layer in ("identity", "affine")]
    candidate, run = Supervisor(command("segfaults", "always"), AMPLE), Run(len(some))
    check(run, candidate, some, keep_going=True)
    candidate.close()
    counts = Counter((r.variant.case.layer, r.verdict) for r in run.results)
    assert counts["identity", "crash"] == counts["affine", "crash"] == limits.BREAKS_IN_A_ROW
    assert {r.verdict for r in run.results} == {"crash", NOT_ASKED}
    assert run.lives.starts < 3 * limits.BREAKS_IN_A_ROW
    run.surprises = {}
    assert run.exit_code == 1


def test_a_run_is_given_up_after_so_many_breaks(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BREAKS", 3)
    run = judged([c for c in cases if c.layer == "relu"], AMPLE, "dies_at_random")
    assert run.lives.starts < 8
    assert any("broke off 3 times" in r.message for r in run.results)
    assert run.exit_code == 1


def test_the_report_has_the_lives(small: Path, tmp_path: Path) -> None:
    done = gradspec("check", "--fixtures", str(small), "--json", str(tmp_path / "r"), *FEW, "--", *command("exits"))
    assert "its process broke off" in done.stdout
    lives = json.loads((tmp_path / "r").read_text())["lives"]
    assert lives["starts"] > 1
    assert {incident["case"] for incident in lives["incidents"]} == {CULPRIT}


# Processes.


@pytest.mark.parametrize("time", range(20))
def test_what_a_candidate_started_is_ended_with_it(time: int, nothing_left_behind: str) -> None:
    """Twenty times, because it is a race: a candidate may end before it is looked at."""
    candidate = Supervisor(command("has_a_helper_in_another_group"), AMPLE)
    assert len(kin(candidate._session.process._popen.pid)) >= 3  # type: ignore[union-attr]
    candidate.close()
    assert marked(nothing_left_behind) == []


def test_a_candidate_ends_when_the_harness_is_killed(small: Path, tmp_path: Path, nothing_left_behind: str) -> None:
    call = [sys.executable, "-m", "gradspec", "check", "--fixtures", str(small), "--timeout", "60", *FEW, "--"]
    with subprocess.Popen([*call, *command("hangs", "once")], stdout=subprocess.DEVNULL) as process:
        while not (tmp_path / "state").exists():
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while marked(nothing_left_behind) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert marked(nothing_left_behind) == []


def test_a_process_that_cannot_be_killed_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(["sleep", "600"])
    kill, killpg = os.kill, os.killpg

    def refusing(kill: Any) -> Any:
        def refuse(number: int, what: int) -> None:
            if number == process._popen.pid:
                raise PermissionError
            kill(number, what)

        return refuse

    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", refusing(kill))
        patch.setattr(os, "killpg", refusing(killpg))
        started = time.monotonic()
        process.stop()
    assert time.monotonic() - started < 5
    os.killpg(process._popen.pid, signal.SIGKILL)
    process._popen.wait()


def test_with_few_file_descriptors_the_harness_blames_itself(few: list[Case]) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/proc/self/fd"))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        candidate = Jobs(command("none"), AMPLE, 8)
        stack.callback(candidate.close)
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 20, before[1]))
        with pytest.raises(HarnessError, match=r"the command is not to blame: .*ulimit -n"):
            check(Run(len(few)), candidate, few)
