"""The kill matrix: which case finds which known mistake, and what the field's usual checks say of the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradspec.corpus.case import Case
from gradspec.corpus.spec import layers as spec_layers

from .evaluate import Request, Tensors, evaluate
from .mistakes import MISTAKES
from .mistakes.mistake import Mistake
from .numbers.operations import Array
from .wrong_answers import Progress, answer, failing, quiet, request_of

ELEMENTS = 80  # the most input elements of a case for which differences are taken
STEP, ABSOLUTE, RELATIVE = 1e-6, 1e-5, 1e-3


def close(rtol: float, atol: float) -> Callable[[Array, Array], bool]:
    """Return the comparison of NumPy and torch, NaN equal to NaN."""
    return lambda x, value: bool(np.allclose(x, value, rtol=rtol, atol=atol, equal_nan=True))


def relative_error(x: Array, value: Array) -> bool:
    """Return whether the largest relative error is below 1e-7, as a well-known course computes it."""
    error = np.where(x == value, 0.0, abs(x - value) / np.maximum(1e-8, abs(x) + abs(value)))
    return bool((error < 1e-7)[~(np.isnan(x) & np.isnan(value))].all())


COMPARISONS: Mapping[str, Callable[[Array, Array], bool]] = {
    "np.allclose": close(1e-5, 1e-8),
    "ONNX": close(1e-3, 1e-7),
    "torch assert_close": close(1e-7, 1e-7),
    "CS231n": relative_error,
}
INTERVALS, DIFFERENCES = "gradspec", "differences"
CHECKS = (INTERVALS, *COMPARISONS, DIFFERENCES)


def consistent(request: Request, gradients: Tensors) -> bool:
    """Return whether `gradients` are the central differences of the outputs' product with the cotangents."""
    names = spec_layers()[request.layer].cotangents

    def value(inputs: Mapping[str, Array]) -> float:
        outputs, _ = evaluate(replace(request, inputs=inputs, gradients=()))
        return sum(float((request.cotangents[name] * outputs[name]).sum()) for name in names)

    for name in request.gradients:
        for at in np.ndindex(request.inputs[name].shape):
            ends = []
            for step in (STEP, -STEP):
                moved = request.inputs[name].copy()
                moved[at] += step
                ends.append(value({**request.inputs, name: moved}))
            numerical = (ends[0] - ends[1]) / (2 * STEP)
            if not abs(numerical - gradients[name][at]) <= ABSOLUTE + RELATIVE * abs(numerical):
                return False
    return True


def verdicts(case: Case, tensors: Tensors, check_differences: bool) -> dict[str, bool]:
    """Return which checks accept an answer; differences are those of the reference as it is now."""
    values = {path: interval.value for path, interval in case.intervals().items()}
    accepted = {INTERVALS: not failing(case, tensors)}
    with np.errstate(all="ignore"):
        for name, comparison in COMPARISONS.items():
            accepted[name] = all(comparison(tensors[path], value) for path, value in values.items())
        if check_differences:
            gradients = {name: tensors[f"gradients/{name}"] for name in case.gradients}
            accepted[DIFFERENCES] = consistent(request_of(case), gradients)
    return accepted


@dataclass(frozen=True)
class Row:
    """What the cases of one dtype say of one mistake: by case name, the checks that reject it."""

    layer: str
    mistake: Mistake
    dtype: str
    rejected: Mapping[str, Sequence[str]]

    def killed(self, check: str) -> int:
        """Return how many cases find the mistake by `check`."""
        return sum(check in checks for checks in self.rejected.values())


def rows(cases: Sequence[Case], names: Sequence[str], progress: Progress = quiet) -> list[Row]:
    """Return the matrix of the layers `names`, in NumPy's own floats.

    A check counts on a case only if it accepts the right reference there: who cries wolf finds nothing.
    """
    found = []
    for layer in names:
        own = [case for case in cases if case.layer == layer]
        differences = {case.id: _has_differences(case) for case in own}
        trusted = {case.id: verdicts(case, answer(case), differences[case.id]) for case in own}
        for mistake in MISTAKES[layer]:
            progress(f"{layer}: {mistake.name}")
            with mistake.made():
                said = {case.id: verdicts(case, answer(case), differences[case.id]) for case in own}
            for dtype in mistake.dtypes:
                rejected = {
                    case.name: [
                        check for check, trusts in trusted[case.id].items() if trusts and not said[case.id][check]
                    ]
                    for case in own
                    if case.dtype == dtype
                }
                found.append(Row(layer, mistake, dtype, rejected))
    return found


def _has_differences(case: Case) -> bool:
    floats = [x for x in case.inputs.values() if x.dtype.kind == "f"]
    small = sum(x.size for x in floats) <= ELEMENTS and all(np.isfinite(x).all() for x in floats)
    return bool(case.gradients) and case.dtype == "float64" and small


@dataclass(frozen=True)
class Rate:
    """How many mistakes a check finds, of how many, and how many of the answers that the intervals reject."""

    mistakes: int
    of_mistakes: int
    cases: int
    of_cases: int


def rates(matrix: Sequence[Row]) -> dict[str, Rate]:
    """Return the rate of each check, in float64, where all checks apply."""
    double = [row for row in matrix if row.dtype == "float64"]
    shown = sum(row.killed(INTERVALS) for row in double)
    return {
        check: Rate(
            sum(row.killed(check) > 0 for row in double),
            len(double),
            sum({INTERVALS, check} <= set(checks) for row in double for checks in row.rejected.values()),
            shown,
        )
        for check in CHECKS
    }
