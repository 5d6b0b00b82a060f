"""Apply the pass rule: which elements of an answer lie in their interval, and how large their errors are.

Source: spec/fixtures.md, FX-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus.case import Interval, passes, same_sign

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Finding:
    """The worst element of one wrong tensor.

    `ulp` is the distance to the true value in units in the last place (of the case's dtype, at the interval's larger
    end, so that a true value of 0 has a unit too); `fraction` is the same distance as a multiple of the bound on that
    side: at most 1 passes.
    """

    tensor: str
    index: tuple[int, ...]
    got: float
    value: float
    lo: float
    hi: float
    ulp: float
    fraction: float
    wrong: int
    elements: int


@dataclass(frozen=True)
class Judgement:
    """What was found in one answer: its worst fraction and ULP error, and a finding for each wrong tensor."""

    fraction: float
    ulp: float
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Tell whether every element lies in its interval."""
        return not self.findings


RIGHT = Judgement(0.0, 0.0, ())  # to the last bit


class Expectation:
    """The intervals that one answer has to meet, laid end to end so that they are compared at once."""

    def __init__(self, intervals: Mapping[str, Interval], dtype: str, bitwise: bool = False) -> None:
        self.shapes = {name: i.value.shape for name, i in intervals.items()}
        self.value, self.lo, self.hi = (
            np.concatenate([getattr(i, part).reshape(-1) for i in intervals.values()] or [np.empty(0)])
            for part in ("value", "lo", "hi")
        )
        self.bitwise, self.dtype = bitwise, dtype
        self.nan = np.isnan(self.value)
        self.has_nan = bool(self.nan.any())

    @cached_property
    def scale(self) -> tuple[Array, Array, Array]:
        """Return the bounds above and below the true values, and a unit in their last place."""
        with np.errstate(all="ignore"):
            largest = np.maximum(np.abs(self.lo), np.abs(self.hi))
            unit = np.spacing(largest.astype(self.dtype)).astype(np.float64)
            return self.hi - self.value, self.value - self.lo, unit

    def passes(self, x: Array) -> Array:
        """Apply the pass rule to every element of `x`, float64, laid end to end."""
        result = passes(x, self.value, self.lo, self.hi) if self.has_nan else (self.lo <= x) & (x <= self.hi)
        return result & same_sign(x, self.value) if self.bitwise else result

    def judge(self, tensors: Mapping[str, Array]) -> Judgement:
        """Compare an answer, which must have the tensors and shapes of this expectation."""
        laid = [tensors[name].reshape(-1) for name in self.shapes] or [np.empty(0)]
        return self.judge_elements(np.concatenate(laid, dtype=np.float64))

    def judge_elements(self, x: Array) -> Judgement:
        """Compare the elements of an answer, float64, laid end to end in the order of this expectation."""
        if not self.value.size:
            return RIGHT
        passed, exact = self.passes(x), x == self.value
        if self.has_nan:
            exact |= self.nan & passed
        if exact.all() and passed.all():
            return RIGHT
        above, below, unit = self.scale
        with np.errstate(all="ignore"):
            error = x - self.value
            error[exact] = 0.0
            fraction = np.where(error > 0, error / above, -error / below)
            fraction[error == 0.0] = 0.0
            fraction[~passed & ~(fraction > 1)] = np.inf  # NaN, an infinity, or a sign of zero
            fraction[passed & ~(fraction <= 1)] = 1.0  # the bound itself overflows
            ulp = np.where(np.isfinite(error), np.abs(error) / unit, np.inf)
        findings = () if passed.all() else tuple(self._findings(x, passed, fraction, ulp))
        return Judgement(float(fraction.max()), float(ulp.max()), findings)

    def _findings(self, x: Array, passed: Array, fraction: Array, ulp: Array) -> list[Finding]:
        found, start = [], 0
        for name, shape in self.shapes.items():
            end = start + int(np.prod(shape, dtype=int))
            wrong = int((~passed[start:end]).sum())
            if wrong:
                worst = start + int(np.argmax(np.where(passed[start:end], -1.0, fraction[start:end])))
                index = tuple(int(i) for i in np.unravel_index(worst - start, shape))
                got, value, lo, hi, off, part = (
                    float(a[worst]) for a in (x, self.value, self.lo, self.hi, ulp, fraction)
                )
                found.append(Finding(name, index, got, value, lo, hi, off, part, wrong, end - start))
            start = end
        return found
