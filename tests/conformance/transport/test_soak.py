"""A hundred thousand requests to a candidate that dies at random: nothing is lost, and nothing left behind."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradspec.transport.jobs import Jobs
from gradspec.transport.session import Question
from gradspec.transport.supervisor import Fault
from harness import AMPLE, HARNESS
from paths import ROOT

pytestmark = [*HARNESS, pytest.mark.timeout(300)]

REQUESTS = 100_000
DEATHS = 1 / 2_000
MORTAL = ROOT / "tests" / "support" / "mortal.py"


def questions() -> Iterator[Question]:
    for number in range(REQUESTS):
        message = {"kind": "evaluate", "id": number, "layer": "identity", "dtype": "float64", "attributes": {}}
        message |= {"inputs": {}, "cotangents": {}, "gradients": []}
        yield Question(number, lambda message=message: message, 1 << 12, f"identity/float64/{number}")  # type: ignore[misc]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_hundred_thousand_requests_to_one_that_dies_at_random(tmp_path: Path, jobs: int) -> None:
    log = tmp_path / "deaths"
    candidate = Jobs([sys.executable, "-S", "-E", str(MORTAL), str(DEATHS), str(log)], AMPLE, jobs)
    answers = Counter[int]()
    faults: list[Fault] = []
    for question, answer in candidate.ask(questions(), last=True):
        answers[question.id] += 1
        if isinstance(answer, Fault):
            faults.append(answer)
        else:
            assert answer["message"] == str(question.id)
    candidate.close()
    deaths = log.read_text().count("\n")
    assert answers == Counter(range(REQUESTS))
    assert deaths > 20
    assert {f.fault for f in faults} == {"crash"}
    assert all("exited with code 9" in f.message for f in faults)
    assert deaths / 2 < len(faults) <= deaths  # two deaths may be settled as one
