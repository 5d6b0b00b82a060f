"""How fast it is. Run with ``pytest tests/benchmarks --benchmark-only``; nothing is asserted about time."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradspec.candidate import identity, serve
from gradspec.cli.check import REFERENCE
from gradspec.corpus import fixture
from gradspec.corpus.load import load
from gradspec.transport.session import Question
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec_reference.cases import CASES
from gradspec_reference.generate import generate

MEGABYTE = 1_000_000
ECHO = [sys.executable, __file__]


def test_whole_check_of_the_reference_with_start_up(benchmark: Any) -> None:
    command = [sys.executable, "-m", "gradspec", "check"]
    benchmark.pedantic(lambda: subprocess.run(command, check=True, capture_output=True), rounds=3, warmup_rounds=1)


def test_small_cases_after_the_hello(benchmark: Any) -> None:
    cases = [c for c in load() if sum(i.value.size for i in c.outputs.values()) < 64]
    candidate = Supervisor(REFERENCE, 10)
    runs: list[Run] = []

    def ask() -> None:
        runs.append(Run(total=len(cases)))
        check(runs[-1], candidate, cases)

    benchmark.pedantic(ask, rounds=10, warmup_rounds=1)
    candidate.close()
    assert all(run.exit_code == 0 for run in runs)
    benchmark.extra_info["requests/s"] = round(runs[-1].requests / benchmark.stats["median"])


@pytest.mark.parametrize("encoding", ["base64", "list"])
def test_payload_of_8_megabytes_each_way(benchmark: Any, encoding: str) -> None:
    from gradspec.corpus.tensors import decode, encode

    x = np.random.default_rng(1).standard_normal(MEGABYTE)
    candidate = Supervisor([*ECHO, encoding], 60)
    numbers = itertools.count()

    def message(number: int) -> dict[str, Any]:
        request = {"kind": "evaluate", "id": number, "layer": "identity", "dtype": "float64", "attributes": {}}
        return request | {"inputs": {"x": encode(x, encoding)}, "cotangents": {}, "gradients": []}

    def questions(count: int) -> Iterator[Question]:
        for number in itertools.islice(numbers, count):
            yield Question(number, lambda number=number: message(number), 64 * MEGABYTE)  # type: ignore[misc]

    count = 8 if encoding == "base64" else 2

    def ask() -> None:
        for _, reply in candidate.ask(deque(questions(count))):
            assert decode(reply["outputs"]["y"]).size == x.size  # type: ignore[index]

    benchmark.pedantic(ask, rounds=3, warmup_rounds=1)
    candidate.close()
    benchmark.extra_info["MB/s each way"] = round(count * x.nbytes / MEGABYTE / benchmark.stats["median"])


def test_generate(benchmark: Any, tmp_path: Path) -> None:
    benchmark.pedantic(lambda: generate(tmp_path, CASES), rounds=1)


def test_reading_every_fixture(benchmark: Any) -> None:
    benchmark.pedantic(load, rounds=5)
    assert fixture.FORMAT_VERSION


if __name__ == "__main__":
    serve({"identity": identity}, name="echo", version="1", encoding=sys.argv[1])
