"""What a run found, for people (a table, then each failure) and for programs (JSON by spec/schemas/report)."""

from __future__ import annotations

import math
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import SPEC_VERSION, narrate
from .explain import Account
from .fixture import Case
from .judge import Finding
from .run import Result, Run, presentations
from .spec import layers

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
        "command": [os.fsencode(word).decode("utf-8", "backslashreplace") for word in command],
        "implementation": run.implementation or None,
        "complete": run.complete,
        "exit_code": run.exit_code,
        "summary": summary(run),
        "skipped": dict(Counter(run.skipped.values())),
        "results": [_result(r) for r in run.results],
        "refusals": [{"id": r.refusal.id, "verdict": r.verdict, "message": r.message} for r in run.refused],
        "accounts": [_account(account) for account in run.accounts],
        "claim": claim(run),
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "layer": account.layer,
        "where": account.where,
        "explanations": [{k: v for k, v in asdict(e).items() if k != "layer"} for e in account.explanations],
    }


def claim(run: Run) -> str:
    """Return what the run allows a library to say of itself; empty unless all that it declared was run and passed.

    Source: spec/README.md, "Claims".
    """
    if run.exit_code or run.filtered:
        return ""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, layer in layers().items():
        asked = [case for case in run.selected if case.layer == name]
        parts = [", ".join(dict.fromkeys(case.dtype for case in reversed(asked)))]
        for attribute, values in layer.attributes.items():
            has = {case.attributes[attribute] for case in asked}
            parts.append(f"{attribute} {', '.join(v for v in values if v in has)}")
        if asked:
            alike[tuple(parts)].append(name)
    groups = (f"{', '.join(names)} ({'; '.join(parts)})" for parts, names in alike.items())
    return f"conforms to gradspec {SPEC_VERSION}: {'; '.join(groups)}"


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
        _show_failure(results, console, run.explanations.get(results[0].presentation.case.id, ""))
    if len(failures) > limit:
        console.print(f"... and {len(failures) - limit} more failing cases; --limit shows more, --json FILE has all.")
    narrate.show(run.accounts, console)
    _show_refusals(run, console, limit)
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
    unrefused = sum(r.verdict != "passed" for r in run.refused)
    if unrefused:
        console.print(f"{unrefused} of {len(run.refused)} requests that must be refused were not.")
    if run.exit_code == 1:
        console.print("Does not conform.")
    if claimed := claim(run):
        console.print(claimed, soft_wrap=True, highlight=False, markup=False)
    elif run.exit_code == 0:
        console.print("No claim of conformance: the run was filtered.")


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
        measured = [r.judgement for r in results if r.verdict in ("passed", "wrong")]
        worst = [max(getattr(j, k) for j in measured) for k in ("share", "ulp")] if measured else []
        figures = [f"{x:.3g}" for x in worst] or ["", ""]
        passed = f"{len(asked) - len(failed)}/{len(asked)}"
        table.add_row(layer, dtype, passed, str(skipped[layer, dtype]), *figures, style=style)
    return table


def coverage_counts(cases: Iterable[Case]) -> dict[tuple[str, str, str, str], int]:
    """Count cases by layer, attribute value, dtype and gradient; what the spec has and no case shows counts 0."""
    chosen = list(cases)
    counts = {
        (layer, value, dtype, gradient): 0
        for layer in dict.fromkeys(c.layer for c in chosen)
        for value in _attribute_values(layer)
        for dtype in dict.fromkeys(c.dtype for c in chosen)
        for gradient in layers()[layer].differentiable
    }
    for case in chosen:
        for value in [f"{k} = {v}" for k, v in case.attributes.items()] or [""]:
            for gradient in case.gradients:
                counts[case.layer, value, case.dtype, gradient] += 1
    return counts


def _attribute_values(layer: str) -> list[str]:
    return [f"{k} = {v}" for k, values in layers()[layer].attributes.items() for v in values] or [""]


def coverage(cases: Iterable[Case]) -> Table:
    """Return the counts as a table, a column for each dtype."""
    counts = coverage_counts(cases)
    dtypes = list(dict.fromkeys(dtype for _, _, dtype, _ in counts))
    table = Table(box=SIMPLE_HEAD)
    for column in ("layer", "attribute", "gradient", *dtypes):
        table.add_column(column, no_wrap=True, justify="right" if column in dtypes else "left")
    for layer, value, gradient in dict.fromkeys((la, v, g) for la, v, _, g in counts):
        found = [counts[layer, value, dtype, gradient] for dtype in dtypes]
        table.add_row(layer, value, gradient, *map(str, found), style="" if all(found) else "red")
    holes = sum(not n for n in counts.values())
    table.caption = f"{len(counts)} combinations, {holes} without a case"
    return table


def _show_refusals(run: Run, console: Console, limit: int) -> None:
    if not run.refused:
        return
    console.print()
    table = Table(title="requests that must be refused", box=SIMPLE_HEAD)
    for column in ("layer", "refused/asked", "computed", "otherwise wrong"):
        table.add_column(column, no_wrap=True, justify="left" if column == "layer" else "right")
    for layer in dict.fromkeys(r.refusal.layer for r in run.refused):
        counts = Counter(r.verdict for r in run.refused if r.refusal.layer == layer)
        asked, passed, computed = counts.total(), counts["passed"], counts["computed"]
        style = "green" if passed == asked else "red"
        table.add_row(layer, f"{passed}/{asked}", str(computed), str(asked - passed - computed), style=style)
    console.print(table)
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    failed = [r for r in run.refused if r.verdict != "passed"]
    for r in failed[:limit]:
        say(f"NOT REFUSED {r.refusal.id}  {r.refusal.why} [{r.refusal.clause}]\n  {r.verdict}: {r.message}")
    if len(failed) > limit:
        say(f"... and {len(failed) - limit} more; --limit shows more, --json FILE has all.")


def _show_failure(results: list[Result], console: Console, explanation: str) -> None:
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    first, *others = results
    case = first.presentation.case
    say(f"\n[bold red]FAILED[/] [bold]{case.id}[/]  {escape(case.why)}", markup=True)
    say(f"  asked as: {first.presentation.name}; verdict: {first.verdict} {first.message}".rstrip())
    show_findings(first.judgement.findings, console)
    if explanation:
        say(f"  explained below: {explanation}")
    if first.stderr:
        tail = first.stderr.splitlines()[-STDERR_LINES:]
        say("\n".join(["  standard error ends:", *(f"    {line}" for line in tail)]))
    if others:
        names = ", ".join(f"{r.presentation.name} ({r.verdict})" for r in others)
        say(f"  fails as well when asked as: {names}")


def show_findings(findings: Iterable[Finding], console: Console) -> None:
    """Print the worst element of each wrong tensor."""
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    for f in findings:
        place = ", ".join(map(str, f.index))
        say(f"  {f.tensor}[{place}]: got {f.got!r}, value {f.value!r}, lo {f.lo!r}, hi {f.hi!r}")
        say(f"    {f.ulp:.3g} ULP off, {f.share:.3g} times the bound; {f.wrong} of {f.elements} elements wrong")
