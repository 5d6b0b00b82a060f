"""Many requests to a candidate that dies at random: nothing is lost, nothing left behind, and memory stays flat.

``GRADSPEC_SOAK=100000 pytest tests/conformance/transport/test_soak.py -s`` is the long version, and prints its figures.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradspec.corpus.text import LONGEST_MESSAGE
from gradspec.transport.jobs import Jobs
from gradspec.transport.session import Question
from gradspec.transport.supervisor import Fault
from harness import AMPLE, HARNESS, MEGABYTE
from paths import ROOT

pytestmark = [*HARNESS, pytest.mark.timeout(600)]

REQUESTS = int(os.environ.get("GRADSPEC_SOAK", "5000"))
DEATHS = 50 / REQUESTS
MORTAL = ROOT / "tests" / "support" / "mortal.py"
LONG = 1 << 20


def questions() -> Iterator[Question]:
    for number in range(REQUESTS):
        message = {"kind": "evaluate", "id": number, "layer": "identity", "dtype": "float64", "attributes": {}}
        message |= {"inputs": {}, "cotangents": {}, "gradients": []}
        yield Question(number, lambda message=message: message, 2 * LONG, f"identity/float64/{number}")  # type: ignore[misc]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_requests_to_one_that_dies_at_random(tmp_path: Path, jobs: int) -> None:
    log = tmp_path / "deaths"
    candidate = Jobs([sys.executable, "-S", "-E", str(MORTAL), str(DEATHS), str(log), str(LONG)], AMPLE, jobs)
    answers, kept = Counter[int](), list[str]()
    faults: list[Fault] = []
    started, sizes = time.monotonic(), []
    for question, answer in candidate.ask(questions(), last=True):
        answers[question.id] += 1
        if isinstance(answer, Fault):
            faults.append(answer)
        else:
            assert answer["message"].split(" ")[0] == str(question.id)
            kept.append(answer["message"])
        if len(kept) % (REQUESTS // 10) == 0:
            sizes.append(resident())
    candidate.close()
    deaths = log.read_text().count("\n")
    figures = f"{REQUESTS} requests, {jobs} jobs, {deaths} deaths, {time.monotonic() - started:.1f} s"
    print(figures, [size // MEGABYTE for size in sizes], "MB")
    assert answers == Counter(range(REQUESTS))
    assert max(map(len, kept)) < LONGEST_MESSAGE + 100
    assert deaths > 20
    assert {f.fault for f in faults} == {"crash"}
    assert all("exited with code 9" in f.message for f in faults)
    assert deaths / 2 < len(faults) <= deaths  # two deaths may be settled as one
    assert len(candidate.lives.incidents) >= len(faults)
    assert max(sizes[1:]) - sizes[1] < 30 * MEGABYTE
