"""What known mistakes do to the answers of a layer."""

from __future__ import annotations

import numpy as np

from gradspec.corpus.case import Case
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.mistakes.mistake import Mistake
from gradspec_reference.wrong_answers import answer, failing

ALL = [(layer, mistake) for layer, own in MISTAKES.items() for mistake in own]
Effects = dict[str, dict[str, np.ndarray]]


def effects(mistake: Mistake, cases: list[Case]) -> Effects:
    """Return by case and path what a mistake puts outside the intervals, in NumPy's floats."""
    with mistake.made():
        answers = {case.id: answer(case) for case in cases}
    found = {c.id: {path: answers[c.id][path] for path in failing(c, answers[c.id])} for c in cases}
    return {case_id: tensors for case_id, tensors in found.items() if tensors}


def of_layer(cases: list[Case], layer: str) -> list[Case]:
    return [case for case in cases if case.layer == layer]
