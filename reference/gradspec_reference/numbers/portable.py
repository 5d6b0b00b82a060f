"""Portable numbers: floats whose every operation gives the same bits on every machine, for the wrong answers.

A wrong answer has no proof to lean on, and what it comes to depends on how it is computed. So it is computed in one
way for all: each operation is that of IEEE 754, in the order of the page, and exp and log are correctly rounded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .ball import Ball
from .formats import FORMATS

SINGLE: Any = np.float32


class Portable:
    """A float of one dtype; `x` is the NumPy scalar."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    @classmethod
    def of(cls, dtype: str, number: float) -> Portable:
        """Return `number`, which `dtype` must hold exactly."""
        return cls(np.dtype(dtype).type(number))

    def _combine(self, function: Callable[[Any, Any], Any], other: Any, reflected: bool = False) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented  # NumPy combines element by element
        kind = type(self.x)
        y = other.x if isinstance(other, Portable) else kind(other)
        return Portable(kind(function(y, self.x) if reflected else function(self.x, y)))

    def __add__(self, other: Any) -> Any:
        return self._combine(operator.add, other)

    def __sub__(self, other: Any) -> Any:
        return self._combine(operator.sub, other)

    def __rsub__(self, other: Any) -> Any:
        return self._combine(operator.sub, other, reflected=True)

    def __mul__(self, other: Any) -> Any:
        return self._combine(operator.mul, other)

    def __truediv__(self, other: Any) -> Any:
        return self._combine(operator.truediv, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._combine(operator.truediv, other, reflected=True)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Portable:
        return Portable(-self.x)

    def __abs__(self) -> Portable:
        return Portable(abs(self.x))

    def __float__(self) -> float:
        return float(self.x)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Portable | int | float) and bool(float(self) == float(other))

    __hash__ = None  # type: ignore[assignment]

    def __gt__(self, other: Portable | float) -> bool:
        return bool(float(self) > float(other))

    def __ge__(self, other: Portable | float) -> bool:
        return bool(float(self) >= float(other))

    def __lt__(self, other: Portable | float) -> bool:
        return bool(float(self) < float(other))

    def __le__(self, other: Portable | float) -> bool:
        return bool(float(self) <= float(other))

    def maximum(self, other: Any) -> Any:
        """Return the larger of two numbers, NaN if either is."""
        return self._combine(np.maximum, other)

    def exp(self) -> Portable:
        """Return e to this power, correctly rounded."""
        return self._rounded(Ball.of(float(self)).exp())

    def log(self) -> Portable:
        """Return the natural logarithm, correctly rounded; NaN of what is below zero."""
        return Portable(type(self.x)("nan")) if self < 0 else self._rounded(Ball.of(float(self)).log())

    def through_float32(self) -> Portable:
        """Return the number after a stay in a float32."""
        return Portable(type(self.x)(SINGLE(self.x)))

    def _rounded(self, ball: Ball) -> Portable:
        nearest = ball.rounded_to(FORMATS[self.x.dtype.name])
        if nearest is None:
            raise ArithmeticError(f"a function of {self.x!r} is too close to a rounding boundary at this precision")
        return Portable(type(self.x)(nearest))
