"""Balls: real numbers that are known to lie within a proven radius (Arb), for the true values.

A `Ball` wraps ``flint.arb`` because Arb answers an undecidable comparison with False, loses the sign of -0.0,
and gives infinities less than IEEE 754 does. Precision is global: see `flint.ctx.workprec`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from flint import arb

from .formats import Direction, Format


class UndecidedError(ArithmeticError):
    """A comparison depends on digits that are not known; no answer would be safe."""


def exact(number: float) -> Any:
    """Return `number` as an ``arb`` of radius zero."""
    return arb(number)


def sign(value: Any) -> int | None:
    """Return the sign of an ``arb``, or None where it holds numbers of several; 0 for exact zero, and for NaN."""
    if value.is_zero() or value.is_nan():
        return 0
    return 1 if value > 0 else -1 if value < 0 else None


def special(function: Callable[..., float], *operands: Any) -> float:
    """Apply `function` to infinities and NaN as IEEE 754 does; of finite operands only the sign matters."""
    try:
        return function(*map(float, operands))
    except ZeroDivisionError:
        return float(operands[0]) * math.inf
    except ValueError:
        return math.nan


class Ball:
    """A real number, or an infinity or NaN.

    `value` is the ``arb``; `given` is the float that the ball was made from, so that what merely passes
    through a layer comes out with its bits.
    """

    __slots__ = ("given", "value")

    def __init__(self, value: Any, given: float | None = None) -> None:
        self.value = value
        self.given = given

    @classmethod
    def of(cls, number: Ball | float) -> Ball:
        """Return `number` as a ball."""
        return number if isinstance(number, Ball) else cls(exact(number), float(number))

    def _combine(self, function: Callable[..., Any], other: Ball | float) -> Ball:
        a, b = self.value, Ball.of(other).value
        if a.is_finite() and b.is_finite():
            return _decided(function(a, b))
        if a.is_nan() or b.is_nan():
            return Ball.of(math.nan)
        signs = [sign(x) if x.is_finite() else float(x) for x in (a, b)]
        if function in (operator.mul, operator.truediv) and None in signs:
            raise UndecidedError("a number of unknown sign meets an infinity")
        return Ball.of(special(function, *(0.0 if s is None else float(s) for s in signs)))

    def __add__(self, other: Ball | float) -> Ball:
        return self._combine(operator.add, other)

    def __sub__(self, other: Ball | float) -> Ball:
        return self._combine(operator.sub, other)

    def __mul__(self, other: Ball | float) -> Ball:
        return self._combine(operator.mul, other)

    def __truediv__(self, other: Ball | float) -> Ball:
        if Ball.of(other).value.is_zero() and self.value.is_finite():
            if not (own := sign(self.value)):
                raise UndecidedError("zero, or a number of unknown sign, is divided by zero")
            return Ball.of(own * math.inf)
        return self._combine(operator.truediv, other)

    def __neg__(self) -> Ball:
        return Ball(-self.value)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> Ball:
        return Ball.of(other) - self

    def exp(self) -> Ball:
        """Return e to this power."""
        return _decided(self.value.exp()) if self.value.is_finite() else Ball.of(special(math.exp, self.value))

    def log(self) -> Ball:
        """Return the natural logarithm; of zero, minus infinity."""
        if self.value.is_zero():
            return Ball.of(-math.inf)
        return _decided(self.value.log()) if self.value.is_finite() else Ball.of(special(math.log, self.value))

    def maximum(self, other: Ball | float) -> Ball:
        """Return the larger of two numbers, NaN if either is."""
        other = Ball.of(other)
        if self.value.is_nan() or other.value.is_nan():
            return Ball.of(math.nan)
        if self.value >= other.value:
            return self
        return other if other.value >= self.value else Ball(self.value.max(other.value))

    def __gt__(self, other: Ball | float) -> bool:
        """Compare as IEEE 754 does, or raise `UndecidedError`."""
        a, b = self.value, Ball.of(other).value
        if a > b:
            return True
        if a <= b or a.is_nan() or b.is_nan():
            return False
        raise UndecidedError(f"{a} > {b} is not decided at this precision")

    def rounded_to(self, form: Format) -> float | None:
        """Return the number correctly rounded to `form`, or None where the ball leaves a choice."""
        if self.given is not None:
            return self.given
        return nearest(self.value, form)


def _decided(value: Any) -> Ball:
    """Return what was computed of finite balls; infinities and NaN come from given ones alone."""
    if not value.is_finite():
        raise UndecidedError("a ball is unbounded at this precision, or an operation has no value")
    return Ball(value)


def nearest(value: Any, form: Format) -> float | None:
    """Return the one float nearest to every number in the ball `value`, or None if there are several."""
    if not value.is_finite():
        return float(value)
    low, high = directed(value.lower(), form), directed(value.upper(), form)
    return low if low == high else None


def directed(bound: Any, form: Format, direction: Direction = Direction.NEAREST) -> float:
    """Round an exact ``arb`` to `form`."""
    man, exp = bound.man_exp()
    return form.round(int(man), int(exp), direction)
