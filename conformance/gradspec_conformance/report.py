"""What a run found, for people (a table, then each failure) and for programs (JSON by spec/schemas/report)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import SPEC_VERSION
from .run import Result, Run, presentations

STDERR_LINES = 10


def tool_version() -> str:
    """Return the version of the installed tool, ``0`` in a bare checkout."""
    try:
        return version("gradspec")
    except PackageNotFoundError:
        return "0"


def number(x: float) -> float | str:
    """Return a float as JSON has it: infinities and NaN by name."""
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def summary(run: Run) -> dict[str, int]:
    """Count cases: in the manifest, run, passed in every presentation, failed in one, skipped."""
    failed = {r.presentation.case.id for r in run.results if r.verdict != "passed"}
    answered = Counter(r.presentation.case.id for r in run.results)
    asked = {c.id for c in run.selected if answered[c.id] == len(list(presentations(c)))} | failed
    return {
        "cases": run.total,
        "run": len(asked),
        "passed": len(asked - failed),
        "failed": len(failed),
        "skipped": run.total - len(asked),
    }


def document(run: Run, command: Sequence[str]) -> dict[str, Any]:
    """Return the run as a JSON report."""
    return {
        "format": "gradspec-report",
        "format_version": 1,
        "spec_version": SPEC_VERSION,
        "tool_version": tool_version(),
        "command": list(command),
        "implementation": run.implementation or None,
        "complete": run.complete,
        "exit_code": run.exit_code,
        "summary": summary(run),
        "skipped": dict(Counter(run.skipped.values())),
        "results": [_result(r) for r in run.results],
    }


def _result(r: Result) -> dict[str, Any]:
    findings = [asdict(f) for f in r.judgement.findings]
    return {
        "case": r.presentation.case.id,
        "presentation": r.presentation.name,
        "verdict": r.verdict,
        "message": r.message,
        "share": number(r.judgement.share),
        "ulp": number(r.judgement.ulp),
        "tensors": [{k: number(v) if isinstance(v, float) else v for k, v in f.items()} for f in findings],
    }


def show(run: Run, console: Console, limit: int) -> None:
    """Print the table, the failures (at most `limit` cases), and the last line that counts."""
    console.print(_table(run))
    failures: dict[str, list[Result]] = defaultdict(list)
    for r in run.results:
        if r.verdict != "passed":
            failures[r.presentation.case.id].append(r)
    for results in list(failures.values())[:limit]:
        _show_failure(results, console)
    if len(failures) > limit:
        console.print(f"... and {len(failures) - limit} more failing cases; --limit shows more, --json FILE has all.")
    if not run.plumbing:
        console.print(
            "[bold]identity failed:[/] the tensors do not survive the way in and out, so no calculus was judged "
            "(--keep-going judges it all the same)."
            if any(v == "identity failed" for v in run.skipped.values())
            else "[bold]identity failed:[/] the tensors do not survive the way in and out; look there first."
        )
    n = summary(run)
    console.print(
        f"{n['run']} of {n['cases']} cases run, {n['passed']} passed, {n['failed']} failed, {n['skipped']} skipped."
    )
    for reason, count in Counter(run.skipped.values()).most_common():
        console.print(f"  {count} skipped: {reason}")
    if not run.complete:
        console.print("The run was cut short: what was not asked is not counted as passed.")


def _table(run: Run) -> Table:
    about = f"{run.implementation.get('name', '?')} {run.implementation.get('version', '')}"
    table = Table(title=f"{escape(about)} against gradspec {SPEC_VERSION}", box=SIMPLE_HEAD)
    for column in ("layer", "dtype", "passed/run", "skipped", "worst share", "worst ULP"):
        table.add_column(column, no_wrap=True, justify="left" if column in ("layer", "dtype") else "right")
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    skipped: Counter[tuple[str, str]] = Counter()
    for case_id in run.skipped:
        layer, dtype, _ = case_id.split("/")
        skipped[layer, dtype] += 1
        groups[layer, dtype] = []
    for r in run.results:
        groups[r.presentation.case.layer, r.presentation.case.dtype].append(r)
    for (layer, dtype), results in sorted(groups.items(), key=lambda g: (g[0][0] != "identity", g[0])):
        asked = {r.presentation.case.id for r in results}
        failed = {r.presentation.case.id for r in results if r.verdict != "passed"}
        style = "" if not results else "red" if failed else "green"
        worst = [max((getattr(r.judgement, k) for r in results), default=0.0) for k in ("share", "ulp")]
        figures = [f"{worst[0]:.3g}", f"{worst[1]:.3g}"] if results else ["", ""]
        passed = f"{len(asked) - len(failed)}/{len(asked)}"
        table.add_row(layer, dtype, passed, str(skipped[layer, dtype]), *figures, style=style)
    return table


def _show_failure(results: list[Result], console: Console) -> None:
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    first, *others = results
    case = first.presentation.case
    say(f"\n[bold red]FAILED[/] [bold]{case.id}[/]  {escape(case.why)}", markup=True)
    say(f"  asked as: {first.presentation.name}; verdict: {first.verdict} {first.message}".rstrip())
    for f in first.judgement.findings:
        place = ", ".join(map(str, f.index))
        say(f"  {f.tensor}[{place}]: got {f.got!r}, value {f.value!r}, lo {f.lo!r}, hi {f.hi!r}")
        say(f"    {f.ulp:.3g} ULP off, {f.share:.3g} times the bound; {f.wrong} of {f.elements} elements wrong")
    if first.stderr:
        tail = first.stderr.splitlines()[-STDERR_LINES:]
        say("\n".join(["  standard error ends:", *(f"    {line}" for line in tail)]))
    if others:
        names = ", ".join(f"{r.presentation.name} ({r.verdict})" for r in others)
        say(f"  fails as well when asked as: {names}")
