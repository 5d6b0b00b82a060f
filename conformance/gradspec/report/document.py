"""The report for programs: JSON by ``spec/schemas/report.schema.json``."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..corpus import SPEC_VERSION
from ..diagnosis.account import Account
from ..verdict.result import Result
from ..verdict.run import Run
from .summary import claim, no_claim, reasons, summary, tool_version


def number(x: float) -> float | str:
    """Return a float as JSON has it: infinities and NaN by name."""
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def document(run: Run, command: Sequence[str]) -> dict[str, Any]:
    """Return the run as a JSON report."""
    return {
        "format": "gradspec-report",
        "format_version": 1,
        "spec_version": SPEC_VERSION,
        "tool_version": tool_version(),
        "command": [os.fsencode(word).decode("utf-8", "backslashreplace") for word in command],
        "implementation": run.implementation or None,
        "profiles": list(run.profiles),
        "complete": run.complete,
        "exit_code": run.exit_code,
        "summary": summary(run),
        "skipped": reasons(run),
        "seed": run.seed,
        "results": [_result(r) for r in run.results],
        "rejections": [{"id": r.rejection.id, "verdict": r.verdict, "message": r.message} for r in run.rejected],
        "accounts": [_account(account) for account in run.accounts],
        "surprises": run.surprises,
        "claim": claim(run),
        "no_claim": "" if run.exit_code else no_claim(run),
        "lives": asdict(run.lives),
        "unexplained": run.unexplained,
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "layer": account.layer,
        "where": account.where,
        "explanations": [{k: v for k, v in asdict(e).items() if k != "layer"} for e in account.explanations],
    }


def _result(r: Result) -> dict[str, Any]:
    findings = [asdict(f) for f in r.judgement.findings]
    return {
        "case": r.variant.case.id,
        "variant": r.variant.name,
        "verdict": r.verdict,
        "message": r.message,
        "fraction": number(r.judgement.fraction),
        "ulp": number(r.judgement.ulp),
        "tensors": [{k: number(v) if isinstance(v, float) else v for k, v in f.items()} for f in findings],
    }
