"""What a run found, for people (a table, then each failure) and for programs (JSON by spec/schemas/report)."""

from __future__ import annotations

import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..corpus import SPEC_VERSION
from ..corpus.spec import layers
from ..diagnosis.known_mistakes import Account
from ..transport.supervisor import NOT_ASKED
from ..verdict.judge import Finding
from ..verdict.run import Refused, Result, Run
from . import narrative as narrate

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
    asked = len(run.asked)
    failed = len({case.id for case in run.asked} & run.failed.keys())
    return {
        "cases": run.total,
        "run": asked,
        "passed": asked - failed,
        "failed": failed,
        "skipped": run.total - asked,
    }


def reasons(run: Run) -> dict[str, int]:
    """Count the cases that were not run, or not in every presentation, by the reason why."""
    why = {case.id: "the run was cut short" for case in run.selected}
    for r in run.results:
        short = "the run was cut short before the case had been asked in every presentation"
        why[r.presentation.case.id] = f"not asked: {r.message}" if r.verdict == NOT_ASKED else short
    for case in run.asked:
        del why[case.id]
    return dict(Counter((why | run.skipped).values()).most_common())


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
        "skipped": reasons(run),
        "seed": run.seed,
        "results": [_result(r) for r in run.results],
        "refusals": [{"id": r.refusal.id, "verdict": r.verdict, "message": r.message} for r in run.refused],
        "accounts": [_account(account) for account in run.accounts],
        "surprises": run.surprises,
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
    if run.exit_code or run.failed or run.partial:
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
    unexpected = run.failed.keys() & (run.failed if run.surprises is None else run.surprises).keys()
    failures: dict[str, list[Result]] = defaultdict(list)
    for r in run.results:
        if r.verdict not in ("passed", NOT_ASKED) and r.presentation.case.id in unexpected:
            failures[r.presentation.case.id].append(r)
    for results in list(failures.values())[:limit]:
        _show_failure(results, console, run.explanations.get(results[0].presentation.case.id, ""))
    if len(failures) > limit:
        console.print(f"... and {len(failures) - limit} more failing cases; --limit shows more, --json FILE has all.")
    _show_refusals([r for r in run.refused if r.refusal.id in unexpected], run, console, limit)
    narrate.show(run.accounts, console)
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    if not run.plumbing:
        spared = any(v == "identity failed" for v in run.skipped.values())
        rest = ", so no calculus was judged (--keep-going judges it all the same)" if spared else "; look there first"
        say(f"identity failed: the tensors do not survive the way in and out{rest}.", style="bold")
    n = summary(run)
    say(f"{n['run']} of {n['cases']} cases run, {n['passed']} passed, {n['failed']} failed, {n['skipped']} skipped.")
    for reason, count in reasons(run).items():
        say(f"  {count} skipped: {reason}")
    for unknown in unknown_to_the_spec(run):
        say(f"  declared and unknown to gradspec {SPEC_VERSION}: {unknown}")
    if run.complete:
        say(f"Every case was asked once more at the end, in an order that --seed {run.seed} repeats.")
    else:
        say("The run was cut short: what was not asked is not counted as passed.")
    unrefused = sum(r.refusal.id in run.failed for r in run.refused)
    if unrefused:
        say(f"{unrefused} of {len(run.refused)} requests that must be refused were not.")
    _conclude(run, say)


def _conclude(run: Run, say: Callable[..., None]) -> None:
    """Print what follows: the differences from what was expected, and what may be claimed."""
    for surprise in (run.surprises or {}).values():
        say(surprise)
    if run.exit_code == 1:
        say("Not as expected." if run.surprises else "Does not conform.")
    elif claimed := claim(run):
        say(claimed)
    elif run.exit_code == 0 and run.failed:
        say(f"{len(run.failed)} failed as expected: no claim of conformance.")
    elif run.exit_code == 0:
        say(f"No claim of conformance: {run.partial}.")


def unknown_to_the_spec(run: Run) -> list[str]:
    """Name what a candidate declared that the spec has not, and that was therefore not asked."""
    found = [f"layer {name}" for name in run.declared if name not in layers()]
    for name, declared in run.declared.items():
        if name in layers():
            known = layers()[name].attributes
            values = [(k, v) for k, given in declared.get("attributes", {}).items() for v in given]
            found += [f"{name} {k} = {v}" for k, v in values if v not in known.get(k, ())]
    return found


def _table(run: Run) -> Table:
    about = f"{run.implementation.get('name', '?')} {run.implementation.get('version', '')}"
    table = Table(title=f"{escape(about)} against gradspec {SPEC_VERSION}", box=SIMPLE_HEAD)
    for column in ("layer", "dtype", "passed/run", "skipped", "worst share", "worst ULP"):
        table.add_column(column, no_wrap=True, justify="left" if column in ("layer", "dtype") else "right")
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    run_cases, failed_cases = {case.id for case in run.asked}, run.failed.keys()
    skipped = Counter(case_id.rpartition("/")[0] for case_id in run.skipped)
    for r in run.results:
        if r.verdict != NOT_ASKED:
            groups[r.presentation.case.layer, r.presentation.case.dtype].append(r)
    for (layer, dtype), results in sorted(groups.items(), key=lambda g: (g[0][0] != "identity", g[0])):
        begun = {r.presentation.case.id for r in results}
        asked, failed = begun & run_cases, begun & failed_cases
        unasked = skipped[f"{layer}/{dtype}"] + sum(
            (case.layer, case.dtype) == (layer, dtype) and case.id not in run_cases for case in run.selected
        )
        style = "red" if failed else "green"
        measured = [r.judgement for r in results if r.verdict in ("passed", "wrong")]
        worst = [max(getattr(j, k) for j in measured) for k in ("share", "ulp")] if measured else []
        figures = [f"{x:.3g}" for x in worst] or ["", ""]
        passed = f"{len(asked) - len(failed)}/{len(asked)}"
        table.add_row(layer, dtype, passed, str(unasked), *figures, style=style)
    return table


def _show_refusals(failed: list[Refused], run: Run, console: Console, limit: int) -> None:
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
    for r in failed[:limit]:
        say(f"NOT REFUSED {r.refusal.id}  {r.refusal.why} [{r.refusal.clause}]\n  {r.verdict}: {r.message}")
    if len(failed) > limit:
        say(f"... and {len(failed) - limit} more; --limit shows more, --json FILE has all.")


def _show_failure(results: list[Result], console: Console, explanation: str) -> None:
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    first, *others = results
    case = first.presentation.case
    say(f"\n[bold red]FAILED[/] [bold]{case.id}[/]  {escape(case.why)}", markup=True)
    message = f": {first.message}" if first.message else ""
    say(f"  asked as: {first.presentation.name}; verdict: {first.verdict}{message}")
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
        exact = "must be NaN" if math.isnan(f.value) else "must be exact" if f.lo == f.hi else ""
        far = "is NaN" if math.isnan(f.got) else f"{f.ulp:.3g} ULP off, {f.share:.3g} times the bound"
        say(f"    {exact or far}; {f.wrong} of {f.elements} elements wrong")
