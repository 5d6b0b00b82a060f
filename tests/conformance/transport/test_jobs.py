"""Several candidates at a time: they give the report of one, fail alone, and all end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from gradspec.corpus.case import Case
from gradspec.transport.jobs import Jobs
from gradspec.transport.session import Question
from gradspec.transport.supervisor import CandidateError
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from harness import AMPLE, FEW, HARNESS, command, gradspec, judged, the_failure

pytestmark = HARNESS


def outcome(run: Run) -> list[tuple[str, str, str, str]]:
    return [(r.variant.case.id, r.variant.name, r.verdict, r.message) for r in run.results]


@pytest.mark.parametrize("fault", ["none", "exits", "one_bit_off", "wrong_shape"])
def test_the_report_is_that_of_one_job(few: list[Case], fault: str) -> None:
    one, three, many = (judged(few, AMPLE, fault, "case", jobs=jobs) for jobs in (1, 3, 40))
    assert outcome(one) == outcome(three) == outcome(many)


def test_a_failing_process_leaves_the_others_alone(few: list[Case]) -> None:
    assert the_failure(judged(few, AMPLE, "segfaults", jobs=3)).verdict == "crash"


def test_a_case_is_always_asked_by_the_same_process(few: list[Case]) -> None:
    """What it remembers of a case is then seen when the case comes again."""
    candidate = Jobs(command("none"), AMPLE, 3)
    for supervisor in candidate._supervisors:
        supervisor.ask = remember(supervisor.ask, seen := {})  # type: ignore[method-assign]
        seen_by.append(seen)
    run = Run(len(few))
    check(run, candidate, few)
    candidate.close()
    assert sum(map(len, seen_by)) == len(set().union(*seen_by)) == len(few)
    assert min(map(len, seen_by)) == len(few) // 3


seen_by: list[dict[str, int]] = []


def remember(ask: Any, seen: dict[str, int]) -> Any:
    def asking(questions: list[Question], last: bool = False) -> Any:
        for question in questions:
            seen[question.case] = seen.get(question.case, 0) + 1
        return ask(questions, last)

    return asking


def test_no_candidate_is_said_once() -> None:
    with pytest.raises(CandidateError, match="exited with code 3"):
        Jobs(command("exits_at_start"), AMPLE, 8)


def test_one_that_does_not_start_beside_the_first_fails_its_cases(few: list[Case]) -> None:
    run = judged(few, AMPLE, "does_not_start_again", jobs=2)
    assert {r.verdict for r in run.results} == {"passed", "crash"}
    assert run.exit_code == 1


def test_a_harness_that_fails_itself_says_so_and_ends(few: list[Case]) -> None:
    def listen(sign: str, line: bytes, payload: object) -> None:
        if b"[67,3]" in line:
            raise ZeroDivisionError

    candidate = Jobs(command("none"), AMPLE, 3, listen=listen)
    with pytest.raises(ZeroDivisionError):
        check(Run(len(few)), candidate, few)
    candidate.close()


@pytest.mark.parametrize("jobs", [1, 4])
def test_an_interrupt_ends_every_process(small: Path, tmp_path: Path, jobs: int) -> None:
    call = [sys.executable, "-m", "gradspec", "check", "--fixtures", str(small), "--timeout", "60"]
    call += ["--jobs", str(jobs), *FEW, "--", *command("hangs", "once")]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "state").exists():
            time.sleep(0.05)
        for _ in range(3):  # whoever presses Ctrl-C presses it more than once
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.02)
        text = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert "The run was cut short" in text


def test_the_command_line_takes_jobs(small: Path) -> None:
    done = gradspec("check", "--fixtures", str(small), "--jobs", "3", *FEW, "--", *command("raises"))
    assert done.returncode == 1
    assert "8 passed, 1 failed" in done.stdout
