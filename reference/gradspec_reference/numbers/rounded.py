"""Rounded numbers: a true value with the worst error that any admitted computation of it can have.

The rules and their proofs are in ``spec/accuracy.md``; the labels below are its clauses. Sums and products are
kept pending, so that one charge covers every order of summation, fused multiply-add and wider accumulators.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from flint import arb

from .ball import UndecidedError, exact, special
from .formats import Format

ZERO = exact(0)
ONE = exact(1)


def power_of_two(exponent: int) -> Any:
    """Return ``2**exponent`` as an exact ``arb``."""
    return arb((1, exponent))


class Model:
    """The rounding model of one case: a format, and how far cotangents may scale an underflow [TO-M5].

    Attributes
    ----------
    u
        Unit roundoff, with room for a second rounding out of a wider register [TO-M2].
    eta
        Worst absolute error of one underflow.
    largest
        Every finite value is smaller.
    invertible
        Up to here the reciprocal of a number is normal [TO-M6].
    safe
        From here up, a relative error of 1 ULP stands for the number's whole history [TO-F2].
    """

    def __init__(self, form: Format, scale: float = 1.0) -> None:
        self.form = form
        self.u = power_of_two(-form.precision) * (1 + power_of_two(-10))
        self.eta = power_of_two(form.grid) * exact(max(1.0, scale))
        self.largest = power_of_two(form.limit)
        self.invertible = power_of_two(-form.smallest_normal)
        self.safe = power_of_two(form.smallest_normal + form.precision)

    def gamma(self, roundings: int) -> Any:
        """Bound the relative effect of so many roundings in a row [TO-M4]."""
        return roundings * self.u / (1 - roundings * self.u)


class Rounded:
    """A number as honest floating-point arithmetic may know it: within `error` of `value`.

    While a sum or product is pending, `error` holds what its terms bring along, `magnitude` bounds the sum of their
    absolute values, `terms` counts them, `products` is 1 if each is a product not yet rounded, and `grid` is the
    exponent of a power of two that divides every term exactly (None if there is none).
    """

    __slots__ = ("_settled", "error", "grid", "magnitude", "model", "products", "terms", "value")

    def __init__(
        self,
        model: Model,
        value: Any,
        error: Any = ZERO,
        *,
        magnitude: Any = None,
        grid: int | None = None,
        terms: int = 1,
        products: int = 0,
    ) -> None:
        self.model, self.value, self.error, self.grid = model, value, error, grid
        self.magnitude = abs(value) + error if magnitude is None else magnitude
        self.terms, self.products = terms, products
        self._settled: Rounded | None = None

    @classmethod
    def of(cls, model: Model, number: float) -> Rounded:
        """Return a given number, which has no error."""
        value = exact(number)
        return cls(model, value, grid=int(value.man_exp()[1]) if value.is_finite() else None)

    @classmethod
    def unbounded(cls, model: Model, value: Any) -> Rounded:
        """Return a number of which a computation may give anything, as after an overflow."""
        return cls(model, value, exact(math.inf))

    @staticmethod
    def hull(a: Rounded, b: Rounded) -> Rounded:
        """Return the wider of two computations of the same value; one without a bound is not counted [TO-F1]."""
        a, b = a.settle(), b.settle()
        if not (a.value.is_finite() and b.error.is_finite()):
            return a
        if not a.error.is_finite():
            return b
        return a if a.error >= b.error else b

    def _coerce(self, other: Rounded | float) -> Rounded:
        return other if isinstance(other, Rounded) else Rounded.of(self.model, other)

    def is_exact(self) -> bool:
        """Tell whether every admitted computation gives exactly `value`."""
        return self.grid is not None and self.terms == 1 and not self.products

    def is_zero(self) -> bool:
        """Tell whether this is zero without error."""
        return bool(self.value.is_zero()) and self.is_exact()

    def is_power_of_two(self) -> bool:
        """Tell whether this is a power of two without error, of either sign."""
        return self.is_exact() and bool(abs(self.value) == power_of_two(self.grid or 0))

    def settle(self) -> Rounded:
        """Charge what is pending, as when the number is stored or used [TO-S1, TO-S2]."""
        if self._settled is None:
            self._settled = self._charged()
        return self._settled

    def _charged(self) -> Rounded:
        n, m = self.terms - 1 + self.products, self.model
        if n == 0 or not self.value.is_finite():
            return self
        if not (self.magnitude < m.largest):
            return Rounded.unbounded(m, self.value)
        grid = self.grid
        if grid is not None and grid >= m.form.grid and self.magnitude <= power_of_two(grid + m.form.precision):
            return Rounded(m, self.value, grid=grid)
        before_last = self.error + m.gamma(n - 1) * self.magnitude
        if self.products:
            before_last += 2 * (self.terms + 1) * m.eta  # [TO-M5]
        return Rounded(m, self.value, before_last + m.u * (abs(self.value) + before_last))

    def _special(self, function: Callable[..., float], *operands: Rounded) -> Rounded | None:
        """Return what IEEE 754 says where an operand is infinite or NaN; None where all are finite."""
        if all(x.value.is_finite() for x in operands):
            return None
        signless = any(x.value.is_finite() and not x.is_exact() and not abs(x.value) > x.error for x in operands)
        if signless and not any(x.value.is_nan() for x in operands):
            raise UndecidedError("a number of unknown sign meets an infinity or NaN")
        return Rounded.of(self.model, special(function, *(x.value for x in operands)))

    def __add__(self, other: Rounded | float) -> Rounded:
        a, b = self, self._coerce(other)
        if (done := self._special(operator.add, a, b)) is not None:
            return done
        if a.is_zero() or b.is_zero():
            return b if a.is_zero() else a
        if a.terms > 1 and b.terms > 1:
            b = b.settle()  # of two sums one is stored before they are added; the order within the other is free
        return Rounded(
            self.model,
            a.value + b.value,
            a.error + b.error,
            magnitude=a.magnitude + b.magnitude,
            grid=None if a.grid is None or b.grid is None else min(a.grid, b.grid),
            terms=a.terms + b.terms,
            products=max(a.products, b.products),
        )

    def __sub__(self, other: Rounded | float) -> Rounded:
        a, b = self.settle(), self._coerce(other).settle()
        if a is b and a.value.is_finite():
            return Rounded.of(self.model, 0)  # the same computed number: nothing is left, whatever its error
        return (a + -b).settle()

    def __mul__(self, other: Rounded | float) -> Rounded:
        a, b = self.settle(), self._coerce(other).settle()
        if (done := self._special(operator.mul, a, b)) is not None:
            return done
        if a.is_zero() or b.is_zero():
            return Rounded.of(self.model, 0)
        if a.is_power_of_two() or b.is_power_of_two():
            return b._scaled(a) if a.is_power_of_two() else a._scaled(b)
        return Rounded(
            self.model,
            a.value * b.value,
            abs(a.value) * b.error + a.error * b.magnitude,
            magnitude=a.magnitude * b.magnitude,
            grid=None if a.grid is None or b.grid is None else a.grid + b.grid,
            products=1,
        )

    def _scaled(self, power: Rounded) -> Rounded:
        """Return this settled number times a power of two: exact but for underflow [TO-M6]."""
        value, error, factor = self.value * power.value, self.error * abs(power.value), power.grid or 0
        if not abs(value) + error < self.model.largest:
            return Rounded.unbounded(self.model, value)
        if self.grid is not None and self.grid + factor >= self.model.form.grid:
            return Rounded(self.model, value, grid=self.grid + factor)
        return Rounded(self.model, value, error + self.model.eta if factor < 0 else error)

    def __truediv__(self, other: Rounded | float) -> Rounded:
        a, b = self.settle(), self._coerce(other).settle()
        if (done := self._special(operator.truediv, a, b)) is not None:
            return done
        if b.is_power_of_two():
            return a * Rounded.of(self.model, 1 / float(b.value))
        smallest = abs(b.value) - b.error
        if b.is_zero() and abs(a.value) > a.error:
            return Rounded.of(self.model, math.inf if a.value > 0 else -math.inf)
        if not smallest > 0 or not b.magnitude <= self.model.invertible:
            return Rounded.unbounded(self.model, a.value)
        if a.is_zero():
            return a
        value = a.value / b.value
        brought = (a.error + abs(value) * b.error) / smallest
        # Two roundings, so that multiplying by the reciprocal is admitted [TO-M6].
        return Rounded(self.model, value, brought, products=2).settle()

    def __neg__(self) -> Rounded:
        a = self.settle()
        return Rounded(self.model, -a.value, a.error, grid=a.grid)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> Rounded:
        return self._coerce(other) - self

    def exp(self) -> Rounded:
        """Return e to this power, within 4 ULP; exactly 1 at 0 [TO-M3]."""
        a, m = self.settle(), self.model
        if (done := self._special(math.exp, a)) is not None:
            return done
        if a.is_zero():
            return Rounded.of(m, 1)
        value = a.value.exp()
        error = value * (a.error.exp() * (1 + 8 * m.u) - 1) + 4 * m.eta
        return Rounded(m, value, error) if value + error < m.largest else Rounded.unbounded(m, value)

    def log(self) -> Rounded:
        """Return the natural logarithm, within 4 ULP; exactly 0 at 1 [TO-M3]."""
        a, m = self.settle(), self.model
        if a.is_exact() and (a.is_zero() or a.value == ONE):
            return Rounded.of(m, -math.inf if a.is_zero() else 0)
        if (done := self._special(math.log, a)) is not None:
            return done
        if not a.value > a.error:
            return Rounded.unbounded(m, self.value)
        value, brought = a.value.log(), -(1 - a.error / a.value).log()
        return Rounded(m, value, brought + 8 * m.u * (abs(value) + brought))

    def maximum(self, other: Rounded | float) -> Rounded:
        """Return the larger of two numbers, NaN if either is; the very operand where it is known which."""
        a, b = self.settle(), self._coerce(other).settle()
        if a.value.is_nan() or b.value.is_nan():
            return Rounded.of(self.model, math.nan)
        if a.value - a.error >= b.value + b.error:
            return a
        if b.value - b.error >= a.value + a.error:
            return b
        return Rounded(self.model, a.value.max(b.value), a.error.max(b.error))

    def __gt__(self, other: Rounded | float) -> bool:
        """Compare as any admitted computation must, or raise `UndecidedError`."""
        a, b = self.settle(), self._coerce(other).settle()
        if a.value - a.error > b.value + b.error:
            return True
        if a.value + a.error <= b.value - b.error or a.value.is_nan() or b.value.is_nan():
            return False
        raise UndecidedError("the error straddles the threshold; choose inputs that keep away from it")
