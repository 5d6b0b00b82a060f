"""What explaining costs. Run with ``pytest tests/benchmarks --benchmark-only``; nothing is asserted about time."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from gradspec.corpus.load import load
from gradspec.corpus.location import FIXTURES
from gradspec.diagnosis.account import account
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from paths import ROOT

ADAPTERS = ROOT / "conformance" / "adapters"
CANDIDATES = {
    "the first source: a few cases fail": [sys.executable, str(ADAPTERS / "numpy" / "candidate.py")],
    "a wrong sign in every gradient: nearly every case fails": [
        sys.executable,
        str(ROOT / "tests" / "support" / "negated.py"),
    ],
}


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_explaining_a_failing_run(benchmark: Any, candidate: str) -> None:
    """The time is that of the explanations; the fraction is of the whole run, start-up and loading included."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradspec.cli"], check=True)
    cases = load()
    supervisor, run = Supervisor(CANDIDATES[candidate], 10), Run(total=len(cases))
    check(run, supervisor, cases, keep_going=True)
    supervisor.close()
    seconds = time.perf_counter() - started
    answers = run.wrong_answers()
    benchmark.pedantic(lambda: account(answers, run.selected, FIXTURES), rounds=5, warmup_rounds=1)
    benchmark.extra_info["failing cases"] = len(answers)
    benchmark.extra_info["fraction of the run"] = f"{benchmark.stats['median'] / seconds:.1%}"
