"""The account of what went wrong, in sentences: one block for each reason, with all layers that it shows in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.markup import escape

from ..diagnosis.account import Account
from ..diagnosis.explanation import UNEXPLAINED, Explanation


def show(accounts: Sequence[Account], console: Console) -> None:
    """Print every explanation, the one with the most failing cases first."""
    if not accounts:
        return
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    say("\n[bold]What went wrong[/]", markup=True)
    groups: dict[tuple[str, ...], list[Explanation]] = defaultdict(list)
    for account in accounts:
        for e in account.explanations:
            groups[(e.name, *map(uncited, (e.what, e.remedy)))].append(e)
    for explanations in sorted(groups.values(), key=_rank):
        _show_reason(explanations, console)
    for account in accounts:
        if account.where:
            say(f"  {account.layer} {account.where}")


def _rank(explanations: Sequence[Explanation]) -> tuple[bool, bool, int]:
    cases = sum(len(e.matched) + len(e.consistent) for e in explanations)
    return explanations[0].name == UNEXPLAINED, not explanations[0].known, -cases


def _show_reason(explanations: Sequence[Explanation], console: Console) -> None:
    say = partial(console.print, highlight=False, soft_wrap=True, markup=False)
    first = explanations[0]
    layers = ", ".join(e.layer for e in explanations)
    say(f"  [bold]{escape(first.name)}[/] in {escape(layers)}: {escape(evidence(explanations))}", markup=True)
    for sentence in (first.what, first.remedy):
        if sentence:
            say(f"    {sentence}")


def uncited(sentence: str) -> str:
    """Return a sentence without the clauses that it cites, by which the layers differ."""
    return sentence.partition(" [")[0]


def evidence(explanations: Sequence[Explanation]) -> str:
    """Say how many failing cases agree with a reason."""
    matched = sum(len(e.matched) for e in explanations)
    consistent = sum(len(e.consistent) for e in explanations)
    if not explanations[0].known:
        return f"{matched} failing {'case' if matched == 1 else 'cases'}"
    shown = sum(e.shown for e in explanations)
    if matched == shown == 1 and not consistent:
        return "agrees except for rounding" if explanations[0].whole else "agrees in part; more is wrong"
    cases = "failing case differs" if consistent == 1 else "failing cases differ"
    more = f"; {consistent} more {cases} only in the same tensors" if consistent else ""
    return f"matches {matched} of {shown} cases that expose it{more}"
