"""How the tests of the harness run a bad candidate, and what they look at."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gradspec.corpus.case import Case
from gradspec.transport.jobs import Jobs
from gradspec.transport.session import Question
from gradspec.transport.supervisor import NOT_ASKED
from gradspec.verdict.check import check
from gradspec.verdict.result import Result
from gradspec.verdict.run import Run
from gradspec.verdict.variants import AGAIN, PLAIN, variants

BAD = str(Path(__file__).with_name("bad_candidates.py"))
MARK = "GRADSPEC_TEST_MARK"
LIMIT = 1.0  # for what must run into the limit; it covers the start of an interpreter as well
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

HARNESS = [
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("nothing_left_behind"),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]


def marked(mark: str) -> list[str]:
    """Return the processes, zombies aside, that were started with `mark` in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(f"{process.name}: {(process / 'cmdline').read_text()}")
    return found


def command(fault: str, scope: str = "once", seconds: float = 0.0) -> list[str]:
    return [sys.executable, BAD, fault, scope, str(seconds)]


def judged(cases: list[Case], limit: float, *arguments: Any, jobs: int = 1) -> Run:
    """Run a bad candidate, and make sure that every variant was judged exactly once."""
    candidate, run = Jobs(command(*arguments), limit, jobs), Run(len(cases))
    try:
        check(run, candidate, cases)
    finally:
        candidate.close()
    if run.transport_sound:
        asked = Counter((r.variant.case.id, r.variant.name) for r in run.results)
        assert asked == Counter((p.case.id, p.name) for c in cases for p in variants(c))
    assert run.complete
    return run


def failures(run: Run) -> dict[tuple[str, str], Result]:
    return {(r.variant.case.id, r.variant.name): r for r in run.results if r.verdict != "passed"}


def the_failure(run: Run) -> Result:
    """Return the one failure, which must be the culprit's plainly and again; after a timeout no more is asked."""
    found = failures(run)
    first = found.pop((CULPRIT, PLAIN))
    if first.verdict == "timeout":
        assert {case_id for case_id, _ in found} == {CULPRIT}
        assert {r.verdict for r in found.values()} == {NOT_ASKED}
    else:
        assert {key: r.verdict for key, r in found.items()} == {(CULPRIT, AGAIN): first.verdict}
    assert run.exit_code == 1
    return first


def questions(cases: list[Case]) -> list[Question]:
    found = enumerate(p for c in cases for p in variants(c))
    return [Question(i, lambda p=p, i=i: p.message(i, "base64"), p.reply_bytes) for i, p in found]


FEW = [argument for name in NAMES for argument in ("--case", name)]


def gradspec(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "gradspec", *arguments]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, **options)


MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measured(call: list[str]) -> tuple[int, int]:
    """Run a command; return its exit code and the most memory that it or a child had, in bytes.

    A small process starts it: the figure of a process begins with that of the process that started it.
    """
    done = subprocess.run([sys.executable, "-c", MEASURE, *call], capture_output=True, text=True, check=True)
    code, kibibytes = map(int, done.stdout.split())
    return code, kibibytes << 10
