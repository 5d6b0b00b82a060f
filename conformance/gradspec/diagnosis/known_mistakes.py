"""Find the known mistakes that wrong answers agree with, in order of evidence.

A wrong answer agrees with a known mistake if the tensors that the mistake gets wrong are wrong in the same way. A case
that shows a mistake and was answered otherwise contradicts it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus.case import Interval
from ..corpus.fixture import read_manifest
from ..corpus.wrong_answers import WrongAnswer
from .explanation import Failure

Array = npt.NDArray[Any]

LARGEST_REST = 0.1  # fraction of a mistake's error by which an answer that agrees with it may differ from it
LARGEST_REST_ROUNDINGS = 64  # the same limit in effects of rounding, for a mistake whose error is small
MOST_STORED_CASES = 2  # of a dtype, for a mistake; if fewer are stored, no other case exposes it [FX-18]


@dataclass
class Match:
    """How one known mistake fares in one layer.

    `seen` has for each failing case that agrees with it the tensors that do; `whole` counts those in which nothing
    else is wrong, `against` the asked cases that contradict it.
    """

    mistake: WrongAnswer
    seen: dict[str, frozenset[str]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    paths: frozenset[str] = frozenset()
    whole: int = 0
    against: int = 0
    rest: float = 0.0

    @property
    def rank(self) -> tuple[float, ...]:
        """Order by evidence, the best first."""
        return (-self.whole, self.against, -len(self.seen), self.rest)

    def may_explain(self, case_id: str) -> bool:
        """Tell whether it may be behind a failure for which the fixtures do not show it.

        Where they show it less than twice for a dtype, it shows nowhere else [FX-18].
        """
        dtype = case_id.split("/")[1]
        enough = sum(i.split("/")[1] == dtype for i in self.shown) >= MOST_STORED_CASES
        return enough and not self.against and case_id not in self.shown


def rest(got: Array, mistake: Array, interval: Interval, dtype: str) -> float:
    """Return how much is left of the mistake's error if `got` is taken for it; infinite if they differ in kind.

    0 is agreement to the last bit. Above `LARGEST_REST` they do not agree: too much of the error is left, or more than
    `LARGEST_REST_ROUNDINGS` times what rounding does.
    """
    with np.errstate(all="ignore"):
        finite = np.isfinite(mistake)
        if not np.array_equal(got[~finite], mistake[~finite], equal_nan=True) or not np.isfinite(got[finite]).all():
            return np.inf
        both_right = (interval.lo <= got) & (got <= interval.hi) & (interval.lo <= mistake) & (mistake <= interval.hi)
        looked_at = finite & ~both_right
        left = abs(got - mistake)[looked_at].max(initial=0.0)
        if not left:
            return 0.0
        known = finite & np.isfinite(interval.value)
        error = abs(mistake - interval.value)[looked_at & known].max(initial=0.0)
        width = (interval.hi - interval.lo)[known].max(initial=0.0)
        rounding = max(width, np.finfo(dtype).eps * abs(mistake)[finite].max(initial=0.0))
        return float(max(left / error, LARGEST_REST * left / (LARGEST_REST_ROUNDINGS * rounding)))


def weigh(match: Match, answer: Failure, told: WrongAnswer) -> None:
    """Count in `match` whether one failing case agrees with a mistake that it shows, or contradicts it.

    It agrees if half of the mistake's tensors do, and the others are wrong too, perhaps by a second mistake.
    """
    asked = told.paths & answer.tensors.keys()
    if not asked:
        return
    rests: dict[str, float] = {}
    if asked <= answer.failed:
        case = answer.case
        rests = {p: rest(answer.tensors[p], told.tensors[p], case.interval(p), case.dtype) for p in asked}
    agreeing = frozenset(path for path, left in rests.items() if left <= LARGEST_REST)
    if 2 * len(agreeing) < len(asked):
        match.against += 1
        return
    match.seen[answer.case.id] = agreeing | spread(answer, told, agreeing)
    match.whole += agreeing == answer.failed
    match.rest = max(match.rest, *(rests[path] for path in agreeing))


def spread(answer: Failure, told: WrongAnswer, agreeing: Collection[str]) -> frozenset[str]:
    """Return the tensors that are NaN throughout, if the mistake makes a NaN that may have spread to them."""
    if not any(np.isnan(told.tensors[path]).any() for path in agreeing):
        return frozenset()
    return frozenset(path for path in answer.failed if np.isnan(answer.tensors[path]).all())


def matches(
    answers: Sequence[Failure], asked: Collection[str], shown: Mapping[str, Sequence[WrongAnswer]]
) -> list[Match]:
    """Return the known mistakes that some of the `answers` agree with, in order of evidence.

    `shown` has the mistakes of every case of the layer, `asked` the ids of those that were answered, right or wrong.
    """
    failing = {answer.case.id: answer for answer in answers}
    found: dict[str, Match] = {}
    for case_id, mistakes in shown.items():
        for told in mistakes:
            match = found.setdefault(told.name, Match(told))
            match.paths |= told.paths
            match.shown.add(case_id)
            if case_id in failing:
                weigh(match, failing[case_id], told)
            elif case_id in asked:
                match.against += 1
    return sorted((m for m in found.values() if len(m.seen) >= max(m.against, 1)), key=lambda m: m.rank)


def of_layer(directory: Path, layer: str) -> list[tuple[str, str, str]]:
    """Return layer, dtype and name of every case that the fixtures have of a layer."""
    parts = [tuple(case_id.split("/")) for case_id in read_manifest(directory)["cases"]]
    return [(own, dtype, name) for own, dtype, name in parts if own == layer]


def superfluous(match: Match, named: Sequence[Match], failed: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a mistake with more evidence may explain all that this one does."""
    better = [m for m in named if m.whole > match.whole]
    return all(any(failed[i] <= m.paths and m.may_explain(i) for m in better) for i in match.seen)
