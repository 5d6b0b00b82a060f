"""How fast it is, as ratios to an anchor that is measured in the same run.

Run with ``pytest tests/benchmarks --benchmark-only -s``. Nothing is asserted about time: it depends on the machine, and
so do the anchors, but their ratio hardly does. The anchor of a command is the import of what it needs; that of a
transport is a bare pipe, through which two processes send the same bytes there and back.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradspec.candidate import identity, serve
from gradspec.cli.check import REFERENCE
from gradspec.corpus.load import load
from gradspec.corpus.tensors import decode, encode
from gradspec.transport.session import Question
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec_reference.cases import CASES
from gradspec_reference.generate import generate

IMPORTS = "import numpy, h5py, click, rich, orjson, jsonschema_rs"
MEGABYTE = 1_000_000
ECHO = [sys.executable, __file__]
ROUNDS = 5
COMMANDS = {
    "--help": ["--help"],
    "list": ["list"],
    "show CASE": ["show", "relu/float64/vector"],
    "check --layer relu": ["check", "--layer", "relu"],
    "check": ["check"],
}


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compared(benchmark: Any, work: Callable[[], object], anchor: Callable[[], object], per: str) -> None:
    """Time `work` and its anchor by turns, and report the best of each: what disturbs a machine only adds."""
    anchors: list[float] = []

    def setup() -> None:
        anchors.append(seconds(anchor))

    benchmark.pedantic(work, setup=setup, rounds=ROUNDS, warmup_rounds=1)
    best, least = benchmark.stats["min"], min(anchors)
    benchmark.extra_info[f"times {per}"] = round(best / least, 2)
    print(f"\n{benchmark.name}: {best:.3f} s, {best / least:.2f} times {per} ({least:.3f} s)")


def run(*command: str) -> None:
    subprocess.run([sys.executable, *command], check=True, capture_output=True)


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_command(benchmark: Any, arguments: list[str]) -> None:
    compared(benchmark, lambda: run("-m", "gradspec", *arguments), lambda: run("-c", IMPORTS), "the imports")


def test_the_candidates_own_time_in_a_check(benchmark: Any, tmp_path: Path) -> None:
    """The bundled reference alone, fed with all that a check asks: what `check` takes beyond is the harness's."""
    asked = tmp_path / "requests"
    teller = tmp_path / "tee.py"
    teller.write_text(TEE.format(reference=REFERENCE, path=str(asked)))
    run("-m", "gradspec", "check", "--", sys.executable, str(teller))

    def alone() -> None:
        with asked.open("rb") as requests:
            subprocess.run(REFERENCE, stdin=requests, stdout=subprocess.DEVNULL, check=True)

    compared(benchmark, alone, lambda: run("-c", IMPORTS), "the imports")


TEE = """
import subprocess, sys
reference = subprocess.Popen({reference!r}, stdin=subprocess.PIPE)
with open({path!r}, "wb") as asked:
    for line in sys.stdin.buffer:
        asked.write(line)
        reference.stdin.write(line)
        reference.stdin.flush()
reference.stdin.close()
reference.wait()
"""


def test_reading_every_fixture(benchmark: Any) -> None:
    compared(benchmark, load, lambda: run("-c", IMPORTS), "the imports")


def test_small_cases_after_the_hello(benchmark: Any) -> None:
    cases = [c for c in load() if sum(i.value.size for i in c.outputs.values()) < 64]
    candidate = Supervisor(REFERENCE, 10)
    runs: list[Run] = []

    def ask() -> None:
        runs.append(Run(total=len(cases)))
        check(runs[-1], candidate, cases)

    compared(benchmark, ask, lambda: run("-c", IMPORTS), "the imports")
    candidate.close()
    assert all(run.exit_code == 0 for run in runs)


@pytest.mark.parametrize("encoding", ["raw", "base64", "list"])
def test_payload_of_8_megabytes_each_way(benchmark: Any, encoding: str) -> None:
    x = np.random.default_rng(1).standard_normal(MEGABYTE)
    candidate = Supervisor([*ECHO, encoding], 60)
    numbers = itertools.count()

    def message(number: int) -> dict[str, Any]:
        request = {"kind": "evaluate", "id": number, "layer": "identity", "dtype": "float64", "attributes": {}}
        return request | {"inputs": {"x": encode(x, encoding)}, "cotangents": {}, "gradients": []}

    def questions(count: int) -> Iterator[Question]:
        for number in itertools.islice(numbers, count):
            yield Question(number, lambda number=number: message(number), 64 * MEGABYTE)  # type: ignore[misc]

    count = 2 if encoding == "list" else 8

    def ask() -> None:
        for _, reply in candidate.ask(deque(questions(count))):
            assert decode(reply["outputs"]["y"]).size == x.size  # type: ignore[index]

    with BarePipe() as pipe:
        compared(benchmark, ask, lambda: [pipe.there_and_back(x.tobytes()) for _ in range(count)], "a bare pipe")
    candidate.close()
    rate = count * x.nbytes / MEGABYTE / benchmark.stats["min"]
    benchmark.extra_info["MB/s each way"] = round(rate)
    print(f"  {rate:.0f} MB/s each way")


class BarePipe:
    """Another process that reads all that it is sent, of a size that it knows, and then sends it back."""

    CHILD = """
import os, sys
size = int(sys.argv[1])
block = memoryview(bytearray(size))
while True:
    got = 0
    while got < size:
        came = os.readv(0, [block[got:]])
        if not came:
            sys.exit()
        got += came
    sent = 0
    while sent < size:
        sent += os.write(1, block[sent:])
"""

    def __enter__(self) -> BarePipe:
        command = [sys.executable, "-c", self.CHILD, str(8 * MEGABYTE)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        import fcntl

        for stream in (self.process.stdin, self.process.stdout):
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, 1 << 20)  # type: ignore[arg-type]
        self.block = memoryview(bytearray(8 * MEGABYTE))
        return self

    def there_and_back(self, content: bytes) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        view, sent, got = memoryview(content), 0, 0
        while sent < len(view):
            sent += os.write(self.process.stdin.fileno(), view[sent:])
        while got < len(view):
            got += os.readv(self.process.stdout.fileno(), [self.block[got:]])

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def test_generate(benchmark: Any, tmp_path: Path) -> None:
    benchmark.pedantic(lambda: generate(tmp_path, CASES), rounds=1)


if __name__ == "__main__":
    serve({"identity": identity}, name="echo", version="1", encoding=sys.argv[1])
