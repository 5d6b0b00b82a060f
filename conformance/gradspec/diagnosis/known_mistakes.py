"""Why an answer is wrong: the known mistake that it agrees with, or else a simple relation to the right answer.

A wrong answer agrees with a known mistake if the tensors that the mistake gets wrong are wrong in the same way. A case
that shows a mistake and was answered otherwise speaks against it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus import wrong_answers as mistaken
from ..corpus.fixture import Case, Interval, read_manifest
from ..corpus.wrong_answers import Mistaken
from .relations import HYPOTHESES, Wrong, fitting, seen

Array = npt.NDArray[Any]

ALIKE = 0.1  # of the distance between a mistake's answer and the right one may be left unexplained
ROUNDINGS = 64  # widths of an interval by which two ways of making the same mistake may differ
TWICE = 2  # times that the fixtures show a mistake for each dtype, if it shows as often [FX-18]
TRIED = 8  # cases of a layer in which no relation is found, before the search is given up
UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class WrongAnswer:
    """A wrong answer to a case: every tensor that was given by path, float64, and the paths of those that failed."""

    case: Case
    tensors: Mapping[str, Array]
    failed: frozenset[str]


@dataclass(frozen=True)
class Explanation:
    """One reason for the failures in one layer.

    `matched` are the failing cases that agree with it, of `shown` asked cases that can; `consistent` are failing cases
    in whose wrong tensors it meddles too, but for which the fixtures do not hold what it gives. It is `known` if it is
    in the catalogue, and `whole` if nothing else was wrong in a case that it matched.
    """

    layer: str
    name: str
    what: str
    remedy: str
    matched: tuple[str, ...]
    shown: int
    consistent: tuple[str, ...] = ()
    known: bool = True
    whole: bool = True


@dataclass
class Match:
    """How one known mistake fares in one layer.

    `seen` has for each failing case that agrees with it the tensors that do; `whole` counts those in which nothing
    else is wrong, `against` the asked cases that speak against it.
    """

    mistake: Mistaken
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
        twice = sum(i.split("/")[1] == dtype for i in self.shown) >= TWICE
        return twice and not self.against and case_id not in self.shown


def rest(got: Array, mistake: Array, interval: Interval, dtype: str) -> float:
    """Return how much is left of the mistake's error if `got` is taken for it; infinite if they differ in kind.

    0 is agreement to the last bit. Above `ALIKE` they are not alike: too much of the error is left, or more than
    `ROUNDINGS` times what rounding does.
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
        return float(max(left / error, ALIKE * left / (ROUNDINGS * rounding)))


def weigh(match: Match, answer: WrongAnswer, told: Mistaken) -> None:
    """Put what one failing case says for or against a mistake that it shows into `match`.

    It agrees if half of the mistake's tensors do, and the others are wrong too: a second mistake may have met them.
    """
    asked = told.paths & answer.tensors.keys()
    if not asked:
        return
    rests: dict[str, float] = {}
    if asked <= answer.failed:
        case = answer.case
        rests = {p: rest(answer.tensors[p], told.tensors[p], case.interval(p), case.dtype) for p in asked}
    agreeing = frozenset(path for path, left in rests.items() if left <= ALIKE)
    if 2 * len(agreeing) < len(asked):
        match.against += 1
        return
    match.seen[answer.case.id] = agreeing | spread(answer, told, agreeing)
    match.whole += agreeing == answer.failed
    match.rest = max(match.rest, *(rests[path] for path in agreeing))


def spread(answer: WrongAnswer, told: Mistaken, agreeing: Collection[str]) -> frozenset[str]:
    """Return the tensors that are NaN throughout, if the mistake makes a NaN that may have spread to them."""
    if not any(np.isnan(told.tensors[path]).any() for path in agreeing):
        return frozenset()
    return frozenset(path for path in answer.failed if np.isnan(answer.tensors[path]).all())


def matches(
    answers: Sequence[WrongAnswer], asked: Collection[str], shown: Mapping[str, Sequence[Mistaken]]
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


def explain(answers: Sequence[WrongAnswer], asked: Iterable[Case], directory: Path) -> list[Explanation]:
    """Return what explains the wrong `answers`, all of one layer, in order of evidence.

    `asked` are all cases of the layer that were answered, rightly or wrongly. A mistake is named if it explains wrong
    tensors that no better one does; tensors that are then left are looked at for simple relations.
    """
    layer = answers[0].case.layer
    failed = {answer.case.id: answer.failed for answer in answers}
    shown = mistaken.read(directory, of_layer(directory, layer), failed)
    named: list[Match] = []
    left = dict(failed)
    for match in matches(answers, {case.id for case in asked}, shown):
        if any(left[i] & paths for i, paths in match.seen.items()) and not _superfluous(match, named, failed):
            named.append(match)
            left |= {i: left[i] - paths for i, paths in match.seen.items()}
    sound = frozenset[str]().union(*(match.paths for match in named if not match.against))
    explanations = []
    for match in named:
        told, count = match.mistake, len(match.seen) + match.against
        consistent = tuple(
            i for i, paths in left.items() if paths <= sound and paths & match.paths and match.may_explain(i)
        )
        explanations.append(
            Explanation(
                layer, told.name, told.what, told.remedy, tuple(match.seen), count, consistent, whole=match.whole > 0
            )
        )
    explained = {case_id for explanation in explanations for case_id in explanation.consistent}
    rest_of = [WrongAnswer(a.case, a.tensors, left[a.case.id]) for a in answers if a.case.id not in explained]
    return explanations + related(layer, [answer for answer in rest_of if answer.failed])


def of_layer(directory: Path, layer: str) -> list[tuple[str, str, str]]:
    """Return layer, dtype and name of every case that the fixtures have of a layer."""
    parts = [tuple(case_id.split("/")) for case_id in read_manifest(directory)["cases"]]
    return [(own, dtype, name) for own, dtype, name in parts if own == layer]


def _superfluous(match: Match, named: Sequence[Match], failed: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a mistake with more evidence may explain all that this one does."""
    better = [m for m in named if m.whole > match.whole]
    return all(any(failed[i] <= m.paths and m.may_explain(i) for m in better) for i in match.seen)


def related(layer: str, answers: Sequence[WrongAnswer]) -> list[Explanation]:
    """Return the simple relations that explain `answers`: each has them in half of a case's wrong tensors at least.

    All relations are tried on one case after another, at most `TRIED` of them; what is found there, on all the rest,
    and it is the same if it says the same.
    """
    left, explanations, nothing = list(answers), list[Explanation](), list[WrongAnswer]()
    while left and len(nothing) < TRIED:
        first = left.pop(0)
        found = {path: fitting(wrong(first, path)) for path in sorted(first.failed)}
        counts = Counter(name for fits in found.values() for name in fits)
        name, count = counts.most_common(1)[0] if counts else ("", 0)
        sayings = common(name, first)
        if 2 * count < len(found) or not sayings:
            nothing.append(first)
            continue
        cases, others = [first.case.id], []
        for a in left:
            if same := sayings & common(name, a):
                sayings = same
                cases.append(a.case.id)
            else:
                others.append(a)
        left = others
        tensors = ", ".join(path for path, fits in found.items() if name in fits)
        what = f"{' or '.join(sorted(sayings))} ({tensors} in {first.case.id})."
        what = what[0].upper() + what[1:]
        explanations.append(Explanation(layer, name, what, HYPOTHESES[name][1], tuple(cases), len(cases), known=False))
    if nothing:
        cases = [a.case.id for a in (*nothing, *left)]
        tried = f"No known mistake and no simple relation fits {len(nothing)} of these answers that were looked at"
        what = f"{tried} (such as {', '.join(sorted(nothing[0].failed))} in {cases[0]})."
        explanations.append(Explanation(layer, UNEXPLAINED, what, "", tuple(cases), len(cases), known=False))
    return explanations


def alternatives(evidence: str) -> frozenset[str]:
    """Return each of the things that were seen where several fit: factors that are the same number in this case."""
    before, times, factors = evidence.partition(" times ")
    return frozenset(f"{before}{times}{one}" for one in factors.split(" or "))


def common(name: str, answer: WrongAnswer) -> frozenset[str]:
    """Return what a relation says alike of a case's wrong tensors; nothing if it holds in less than half of them."""
    if not name:
        return frozenset()
    said = [seen(HYPOTHESES[name][0], wrong(answer, path)) for path in sorted(answer.failed)]
    holding = [alternatives(text) for text in said if text]
    return frozenset.intersection(*holding) if holding and 2 * len(holding) >= len(said) else frozenset()


def wrong(answer: WrongAnswer, path: str) -> Wrong:
    """Return one wrong tensor of an answer."""
    return Wrong(answer.case, path, answer.tensors[path], answer.case.interval(path))


def where(failing: Iterable[str], asked: Sequence[Case]) -> str:
    """Say what the failing cases of a layer have in common, if all that have it fail and no other."""
    wanted = set(failing)
    traits: dict[str, set[str]] = defaultdict(set)
    for case in asked:
        traits[f"dtype {case.dtype}"].add(case.id)
        for key, value in case.attributes.items():
            traits[f"{key} {value}"].add(case.id)
        for tag in case.tags:
            traits[f"the tag {tag}"].add(case.id)
    common = [trait for trait, ids in traits.items() if ids == wanted and len(ids) < len(asked)]
    return f"fails exactly the cases with {' and '.join(common)}." if common else ""


@dataclass(frozen=True)
class Account:
    """What there is to say about the wrong answers in one layer, and what its failing cases have in common."""

    layer: str
    explanations: tuple[Explanation, ...]
    where: str


def account(
    answers: Mapping[str, WrongAnswer], asked: Sequence[Case], directory: Path, failed: Collection[str] = ()
) -> list[Account]:
    """Return an account of each layer that has wrong `answers`, given by case id.

    `failed` are the ids of all cases that failed in any way: a crash says nothing for or against a mistake.
    """
    accounts = []
    for layer in dict.fromkeys(answer.case.layer for answer in answers.values()):
        own = [answer for answer in answers.values() if answer.case.layer == layer]
        cases = [case for case in asked if case.layer == layer]
        comparable = [case for case in cases if case.id in answers or case.id not in failed]
        bad = {case.id for case in cases if case.id in answers or case.id in failed}
        accounts.append(Account(layer, tuple(explain(own, comparable, directory)), where(bad, cases)))
    return accounts
