"""Rounding of exact numbers, once, straight to a dtype."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from .formulas import Array

WIDER: dict[str, Any] = {"float32": np.float64, "float64": np.longdouble}
SPLIT = 2.0**27 + 1  # halves the significand of a float64
SMALL, LARGE = 2.0**-900, 2.0**900  # between them a product and its rounding error are normal float64 numbers


def exact_sum(values: list[float], dtype: Any) -> Any:
    """Return the sum of float64 numbers, rounded once to `dtype`, to nearest with ties to even."""
    with np.errstate(over="ignore"):
        return _exact_sum(values, np.dtype(dtype).type)


def _exact_sum(values: list[float], kind: Any) -> Any:
    if not all(map(math.isfinite, values)):
        return kind(sum(values))
    try:
        near = math.fsum(values)
        if kind is np.float64:
            return kind(near)
        rest = math.fsum([*values, -near])
    except OverflowError:  # of the sum, or on the way to it
        return _rounded(sum(map(Fraction, values), Fraction()), kind)
    if not rest:
        return kind(near)
    return kind(_odd(near if (rest > 0) == (near > 0) else math.nextafter(near, 0.0)))


def fused(a: float, b: float, c: float, dtype: Any) -> Any:
    """Return ``a * b + c``, rounded once to `dtype`."""
    product = a * b
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return dtype.type(product + c)
    if dtype == np.float32:  # the product is exact
        return exact_sum([product, c], dtype)
    if product == 0 and (a == 0 or b == 0):
        return dtype.type(product + c)
    if not (SMALL < abs(product) < LARGE and abs(a) < LARGE and abs(b) < LARGE):
        return _rounded(Fraction(a) * Fraction(b) + Fraction(c), dtype.type)
    return exact_sum([product, _lost(a, b, product), c], dtype)


def _lost(a: float, b: float, product: float) -> float:
    """Return what the rounding of a product of two float64 numbers lost, which is a float64 number (Dekker)."""
    high_a, high_b = (SPLIT * x - (SPLIT * x - x) for x in (a, b))
    low_a, low_b = a - high_a, b - high_b
    return low_a * low_b - (((product - high_a * high_b) - low_a * high_b) - high_a * low_b)


def _rounded(number: Fraction, kind: Any) -> Any:
    try:
        near = number.numerator / number.denominator  # Python rounds a quotient of integers once
    except OverflowError:
        return kind(math.inf if number > 0 else -math.inf)
    if kind is np.float64 or Fraction(near) == number:
        return kind(near)
    return kind(_odd(near if abs(Fraction(near)) < abs(number) else math.nextafter(near, 0.0)))


def _odd(truncated: float) -> float:
    """Return a float64 that lost digits towards zero with its last bit set, so that a second rounding is right."""
    bits = np.float64(truncated).view(np.int64) | np.int64(1)
    return float(np.int64(bits).view(np.float64))


def column_sums(terms: Array) -> Array:
    """Return the sums over the first axis, each rounded once."""
    columns = terms.reshape(len(terms), -1).T.astype(np.float64).tolist()
    sums = [exact_sum(column, terms.dtype) for column in columns]
    return np.array(sums, terms.dtype).reshape(terms.shape[1:])
