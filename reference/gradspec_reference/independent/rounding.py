"""Rounding of exact numbers, once, straight to a dtype."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from .formulas import Array

WIDER: dict[str, Any] = {"float32": np.float64, "float64": np.longdouble}


def rounded(number: Fraction, dtype: Any) -> Any:
    """Round a fraction to nearest, ties to even."""
    kind = np.dtype(dtype).type
    try:
        near = number.numerator / number.denominator  # Python rounds a quotient of integers once
    except OverflowError:
        return kind(math.inf if number > 0 else -math.inf)
    if kind is np.float64 or not math.isfinite(near) or Fraction(near) == number:
        return kind(near)
    return kind(odd(near if abs(Fraction(near)) < abs(number) else math.nextafter(near, 0.0)))


def odd(truncated: float) -> float:
    """Return a float64 that lost digits towards zero with its last bit set, so that a second rounding is right."""
    bits = np.float64(truncated).view(np.int64) | np.int64(1)
    return float(np.int64(bits).view(np.float64))


def fused(a: float, b: float, c: float, dtype: Any) -> Any:
    """Return ``a * b + c``, rounded once."""
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return dtype.type(a) * dtype.type(b) + dtype.type(c)
    return rounded(Fraction(a) * Fraction(b) + Fraction(c), dtype)


def exact_sum(column: Array) -> Any:
    """Return the sum of all elements, rounded once."""
    values = [float(x) for x in column]
    if not all(map(math.isfinite, values)):
        return column.dtype.type(sum(values))
    return rounded(sum(map(Fraction, values), Fraction()), column.dtype)
