"""Search the failures of a layer for simple relations that hold in many of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from .explanation import UNEXPLAINED, Explanation, Failure
from .relations import HYPOTHESES, Wrong, fitting, seen

Array = npt.NDArray[Any]

MOST_UNRELATED_CASES = 8  # of a layer, before the search ends


def related(layer: str, answers: Sequence[Failure]) -> list[Explanation]:
    """Return the simple relations that explain `answers`: each has them in half of a case's wrong tensors at least.

    All relations are tried on one case after another. One that is found is then tried on all the other cases, where it
    must say the same. The search ends after `MOST_UNRELATED_CASES` cases without a relation.
    """
    left, explanations, nothing = list(answers), list[Explanation](), list[Failure]()
    while left and len(nothing) < MOST_UNRELATED_CASES:
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
        tried = f"No known mistake and no simple relation fits {len(nothing)} of the answers that were compared"
        what = f"{tried} (for example {', '.join(sorted(nothing[0].failed))} in {cases[0]})."
        explanations.append(Explanation(layer, UNEXPLAINED, what, "", tuple(cases), len(cases), known=False))
    return explanations


def alternatives(evidence: str) -> frozenset[str]:
    """Return each of the things that were seen where several fit: factors that are the same number in this case."""
    before, times, factors = evidence.partition(" times ")
    return frozenset(f"{before}{times}{one}" for one in factors.split(" or "))


def common(name: str, answer: Failure) -> frozenset[str]:
    """Return what a relation says alike of a case's wrong tensors; nothing if it holds in less than half of them."""
    if not name:
        return frozenset()
    said = [seen(HYPOTHESES[name][0], wrong(answer, path)) for path in sorted(answer.failed)]
    holding = [alternatives(text) for text in said if text]
    return frozenset.intersection(*holding) if holding and 2 * len(holding) >= len(said) else frozenset()


def wrong(answer: Failure, path: str) -> Wrong:
    """Return one wrong tensor of an answer."""
    return Wrong(answer.case, path, answer.tensors[path], answer.case.interval(path))
