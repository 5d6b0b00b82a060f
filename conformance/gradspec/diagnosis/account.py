"""Say for each layer of a run what explains its failures, and what its failing cases have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..corpus import wrong_answers
from ..corpus.case import Case
from .explanation import Explanation, Failure
from .known_mistakes import Match, matches, of_layer, superfluous
from .related import related

Array = npt.NDArray[Any]


def explain(answers: Sequence[Failure], asked: Iterable[Case], directory: Path) -> list[Explanation]:
    """Return what explains the wrong `answers`, all of one layer, in order of evidence.

    `asked` are all cases of the layer that were answered, rightly or wrongly. A mistake is named if it explains wrong
    tensors that no better one does; tensors that are then left are looked at for simple relations.
    """
    layer = answers[0].case.layer
    failed = {answer.case.id: answer.failed for answer in answers}
    shown = wrong_answers.read(directory, of_layer(directory, layer), failed)
    named: list[Match] = []
    left = dict(failed)
    for match in matches(answers, {case.id for case in asked}, shown):
        if any(left[i] & paths for i, paths in match.seen.items()) and not superfluous(match, named, failed):
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
    rest_of = [Failure(a.case, a.tensors, left[a.case.id]) for a in answers if a.case.id not in explained]
    return explanations + related(layer, [answer for answer in rest_of if answer.failed])


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
    answers: Mapping[str, Failure], asked: Sequence[Case], directory: Path, failed: Collection[str] = ()
) -> list[Account]:
    """Return an account of each layer that has wrong `answers`, given by case id.

    `failed` are the ids of all cases that failed in any way: a crash counts neither for nor against a mistake.
    """
    accounts = []
    for layer in dict.fromkeys(answer.case.layer for answer in answers.values()):
        own = [answer for answer in answers.values() if answer.case.layer == layer]
        cases = [case for case in asked if case.layer == layer]
        comparable = [case for case in cases if case.id in answers or case.id not in failed]
        bad = {case.id for case in cases if case.id in answers or case.id in failed}
        accounts.append(Account(layer, tuple(explain(own, comparable, directory)), where(bad, cases)))
    return accounts
