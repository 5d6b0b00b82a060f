"""What a run found, for people (a table, then each failure) and for programs (JSON by spec/schemas/report)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ..corpus import SPEC_VERSION
from ..corpus.command import PIPE_WIDTH
from ..verdict.judge import Finding
from ..verdict.result import NOT_ASKED, RejectionResult, Result
from ..verdict.run import Run
from . import narrative as narrate
from .summary import claim, no_claim, reasons, summary, unknown_to_the_spec


def show(run: Run, console: Console, limit: int, repeat: Callable[[str, str], str]) -> None:
    """Print the table, the failures (at most `limit` cases), and the last line that counts.

    `repeat` returns the command that repeats what failed, by the id of a case or of a request that must be refused,
    and by the variant that failed first.
    """
    if run.results:
        _show_table(_table(run), console)
    unexpected = run.failed.keys() & (run.failed if run.surprises is None else run.surprises).keys()
    failures: dict[str, list[Result]] = defaultdict(list)
    for r in run.results:
        if r.verdict not in ("passed", NOT_ASKED) and r.variant.case.id in unexpected:
            failures[r.variant.case.id].append(r)
    for results in list(failures.values())[:limit]:
        case_id = results[0].variant.case.id
        _show_failure(results, console, run.explanations.get(case_id, ""))
        console.print(
            f"  repeat: {repeat(case_id, results[0].variant.name)}", highlight=False, soft_wrap=True, markup=False
        )
    if len(failures) > limit:
        console.print(f"... and {len(failures) - limit} more failing cases; --limit shows more, --json FILE has all.")
    _show_rejections([r for r in run.rejected if r.rejection.id in unexpected], run, console, limit, repeat)
    narrate.show(run.accounts, console)
    if run.unexplained:
        console.print(
            f"The failures are not explained: {run.unexplained}", highlight=False, markup=False, soft_wrap=True
        )
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    if not run.transport_sound:
        spared = any(v == "identity failed" for v in run.skipped.values())
        rest = ", so no other layer was checked; --keep-going checks them" if spared else "; fix that first"
        verdicts = dict.fromkeys(r.verdict for r in run.results if r.variant.case.layer == "identity")
        wrong = ", ".join(v for v in verdicts if v not in ("passed", NOT_ASKED))
        say(f"identity failed ({wrong}){rest}.", style="bold")
    n = summary(run)
    say(f"{n['run']} of {n['cases']} cases run, {n['passed']} passed, {n['failed']} failed, {n['skipped']} skipped.")
    for reason, count in reasons(run).items():
        say(f"  {count} skipped: {reason}")
    for unknown in unknown_to_the_spec(run):
        say(f"  declared, but not part of gradspec {SPEC_VERSION}: {unknown}")
    if run.complete and run.results:
        say(f"Every case that was run was asked again at the end; --seed {run.seed} repeats the order.")
    if not run.complete:
        say("The run was cut short; what was not asked does not count as passed.")
    not_refused = sum(r.rejection.id in run.failed for r in run.rejected)
    if not_refused:
        say(f"The candidate did not refuse {not_refused} of the {len(run.rejected)} requests that it must refuse.")
    if lives := run.lives.told():
        say(f"{lives}{'' if run.lives.sound or run.failed else ', and no case is to blame'}.")
    _conclude(run, say)


def _conclude(run: Run, say: Callable[..., None]) -> None:
    """Print what follows: the differences from what was expected, and what may be claimed."""
    for surprise in (run.surprises or {}).values():
        say(surprise)
    if run.exit_code == 1:
        say("The failures are not the expected ones." if run.surprises else "Does not conform.")
    elif claimed := claim(run):
        say(claimed)
    elif run.exit_code == 0:
        say(f"No claim of conformance: {no_claim(run)}.")


def _show_table(table: Table, console: Console) -> None:
    if console.width < console.measure(table, options=console.options.update(width=PIPE_WIDTH)).minimum:
        _list(table, console)
    else:
        console.print(table)


def _list(table: Table, console: Console) -> None:
    """Print a table on a console that is too narrow for it: a line a row, each number with the name of its column."""
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    say(Text.from_markup(str(table.title)).plain)
    names = [str(column.header) for column in table.columns]
    for layer, dtype, *figures in zip(*(column.cells for column in table.columns), strict=True):
        named = (f"{name} {figure}" for name, figure in zip(names[2:], figures, strict=True))
        say(f"  {layer} {dtype}: {', '.join(named)}")
    say("")


def _table(run: Run) -> Table:
    about = f"{run.implementation.get('name', '?')} {run.implementation.get('version', '')}"
    table = Table(title=f"{escape(about)} against gradspec {SPEC_VERSION}", box=SIMPLE_HEAD)
    for column in ("layer", "dtype", "passed/run", "skipped", "worst fraction of bound", "worst ULP"):
        narrow = column.startswith("worst")
        table.add_column(column, no_wrap=not narrow, justify="left" if column in ("layer", "dtype") else "right")
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    run_cases, failed_cases = {case.id for case in run.asked}, run.failed.keys()
    skipped = Counter(case_id.rpartition("/")[0] for case_id in run.skipped)
    for r in run.results:
        if r.verdict != NOT_ASKED:
            groups[r.variant.case.layer, r.variant.case.dtype].append(r)
    for (layer, dtype), results in sorted(groups.items(), key=lambda g: (g[0][0] != "identity", g[0])):
        begun = {r.variant.case.id for r in results}
        asked, failed = begun & run_cases, begun & failed_cases
        unasked = skipped[f"{layer}/{dtype}"] + sum(
            (case.layer, case.dtype) == (layer, dtype) and case.id not in run_cases for case in run.selected
        )
        style = "red" if failed else "green"
        measured = [r.judgement for r in results if r.verdict in ("passed", "wrong")]
        worst = [max(getattr(j, k) for j in measured) for k in ("fraction", "ulp")] if measured else []
        figures = [f"{x:.3g}" for x in worst] or ["", ""]
        passed = f"{len(asked) - len(failed)}/{len(asked)}"
        table.add_row(layer, dtype, passed, str(unasked), *figures, style=style)
    return table


def _show_rejections(
    failed: list[RejectionResult], run: Run, console: Console, limit: int, repeat: Callable[[str, str], str]
) -> None:
    if not run.rejected:
        return
    console.print()
    table = Table(title="requests that must be refused", box=SIMPLE_HEAD)
    for column in ("layer", "refused/asked", "computed", "otherwise wrong"):
        table.add_column(column, no_wrap=True, justify="left" if column == "layer" else "right")
    for layer in dict.fromkeys(r.rejection.layer for r in run.rejected):
        counts = Counter(r.verdict for r in run.rejected if r.rejection.layer == layer)
        asked, passed, computed = counts.total(), counts["passed"], counts["computed"]
        style = "green" if passed == asked else "red"
        table.add_row(layer, f"{passed}/{asked}", str(computed), str(asked - passed - computed), style=style)
    console.print(table)
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    for r in failed[:limit]:
        say(f"NOT REFUSED {r.rejection.id}  {r.rejection.why} [{r.rejection.clause}]\n  {r.verdict}: {r.message}")
        say(f"  repeat: {repeat(r.rejection.id, '')}")
    if len(failed) > limit:
        say(f"... and {len(failed) - limit} more; --limit shows more, --json FILE has all.")


def _show_failure(results: list[Result], console: Console, explanation: str) -> None:
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    first, *others = results
    case = first.variant.case
    say(f"\n[bold red]FAILED[/] [bold]{case.id}[/]  {escape(case.why)}", markup=True)
    message = f": {first.message}" if first.message else ""
    say(f"  variant: {first.variant.name}; verdict: {first.verdict}{message}")
    show_findings(first.judgement.findings, console)
    if explanation:
        say(f"  explained below: {explanation}")
    if first.stderr:
        say("\n".join(["  standard error ends:", *(f"    {line}" for line in first.stderr.splitlines())]))
    if others:
        names = ", ".join(f"{r.variant.name} ({r.verdict})" for r in others)
        say(f"  also fails as: {names}")


def show_findings(findings: Iterable[Finding], console: Console) -> None:
    """Print the worst element of each wrong tensor."""
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    for f in findings:
        place = ", ".join(map(str, f.index))
        say(f"  {f.tensor}[{place}]: got {f.got!r}, value {f.value!r}, lo {f.lo!r}, hi {f.hi!r}")
        exact = "must be NaN" if math.isnan(f.value) else "must be exact" if f.lo == f.hi else ""
        far = "is NaN" if math.isnan(f.got) else f"{f.ulp:.3g} ULP off, {f.fraction:.3g} times the bound"
        say(f"    {exact or far}; {f.wrong} of {f.elements} elements wrong")
