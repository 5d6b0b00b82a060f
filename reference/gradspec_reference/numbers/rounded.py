"""Rounded numbers: a true value with the worst error that any allowed computation of it can have.

The rules and their proofs are in ``spec/accuracy.md``; the clause IDs below are its.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from .ball import UndecidedError, exact, special
from .left_out import LeftOut
from .model import ONE, SCALINGS, Model
from .pending import Pending

FUNCTION = 8  # relative error of exp and log, in units of u [TO-M3]
BINARY_EXP, BINARY_EXP_EACH = 4, exact(1.25)  # the same of an exponential to base 2, and for each unit of its argument


def unit(model: Model) -> Rounded:
    """Return the scalar factor of a model that has one, in units of itself [TO-F3]."""
    if model.unit is None:
        grid = 0 if model.represents(ONE, True) else None
        model.unit = Rounded(model, ONE, model.unit_error, grid=grid, scaled=True)
    result: Rounded = model.unit
    return result


class Rounded(Pending):
    """A number as correctly rounded arithmetic may know it; see `Pending`."""

    __slots__ = ()

    def _operand(self, other: Any) -> Rounded:
        return other if isinstance(other, Rounded) else Rounded.of(self.model, other)

    def _special(self, function: Callable[..., float], *operands: Rounded) -> Rounded | None:
        """Return what IEEE 754 says where an operand is infinite or NaN; None where all are finite [TO-V3]."""
        if all(x.value.is_finite() for x in operands):
            return None
        scaled = any(x.scaled for x in operands)
        if any(x.value.is_nan() for x in operands):
            return Rounded(self.model, exact(math.nan), scaled=scaled)
        signs = [x.sign() if x.value.is_finite() else float(x.value) for x in operands]
        if function is not operator.add and None in signs:
            raise UndecidedError("a number of unknown sign meets an infinity")
        result = special(function, *(0.0 if s is None else float(s) for s in signs))
        return Rounded(self.model, exact(result), grid=0 if result == 0 else None, scaled=scaled and result != 0)

    def __add__(self, other: Any) -> Rounded:
        if isinstance(other, LeftOut):
            return NotImplemented
        a, b = self, self._operand(other)
        if (done := self._special(operator.add, a, b)) is not None:
            done.magnitude, done.terms = a.magnitude + b.magnitude, a.terms + b.terms
            done.products = max(a.products, b.products)
            return done
        if a.is_zero() or b.is_zero():
            return b if a.is_zero() else a
        if a.scaled != b.scaled:
            raise TypeError("a number with the scalar factor is added to one without")
        if a.terms > 1 and b.terms > 1:
            b = b.settle()  # of two sums one is stored before they are added; the order within the other is free
        return Rounded(
            self.model,
            a.value + b.value,
            a.error + b.error,
            drift=a.drift + b.drift,
            grid=None if a.grid is None or b.grid is None else min(a.grid, b.grid),
            scaled=a.scaled,
            magnitude=a.magnitude + b.magnitude,
            terms=a.terms + b.terms,
            products=max(a.products, b.products),
        )

    def __sub__(self, other: Any) -> Rounded:
        if isinstance(other, LeftOut):
            return NotImplemented
        a, b = self.settle(), self._operand(other).settle()
        if a is b and a.value.is_finite():
            return Rounded.of(self.model, 0)  # the same computed number: nothing is left, whatever its error [TO-E6]
        return (a + -b).settle()

    def __mul__(self, other: Any) -> Rounded:
        if isinstance(other, LeftOut):
            return NotImplemented
        a, b = self.settle(), self._operand(other).settle()
        if (done := self._special(operator.mul, a, b)) is not None:
            return done
        if a.is_zero() or b.is_zero():
            return Rounded.of(self.model, 0)
        if a.scaled and b.scaled:
            raise TypeError("the scalar factor is applied twice")
        if self.model.unit in (a, b):
            return b._with_factor() if a is self.model.unit else a._with_factor()
        if a.is_power_of_two() or b.is_power_of_two():
            power, x = (a, b) if a.is_power_of_two() else (b, a)
            return x._times_power(power.value, power.grid or 0)
        return Rounded(
            self.model,
            a.value * b.value,
            a.reach() * b.error + a.error * b.magnitude,
            drift=abs(a.value) * b.drift + a.drift * b.reach(),
            grid=None if a.grid is None or b.grid is None else a.grid + b.grid,
            scaled=a.scaled or b.scaled,
            magnitude=a.magnitude * b.magnitude,
            products=1,
        )

    def _with_factor(self) -> Rounded:
        """Return this settled number times the model's scalar factor [TO-F3]."""
        m, relative = self.model, self.model.unit_error
        if self.is_exact() and self.value == ONE:
            return unit(m)
        factor_is_exact = unit(m).grid is not None
        error = self.reach() * relative + self.error * (1 + relative)
        result = Rounded(m, self.value, error, grid=self.grid, scaled=True)
        result.require_in_range(result.magnitude)
        if factor_is_exact and self.grid is not None and m.represents(self.value, True):
            return result
        return Rounded(m, self.value, error + SCALINGS * m.eta[True], scaled=True)

    def _times_power(self, power: Any, exponent: int) -> Rounded:
        """Return this settled number times `power`, plus or minus ``2**exponent``: exact but for underflow [TO-M6]."""
        m, value, drift, error = self.model, self.value * power, self.drift * abs(power), self.error * abs(power)
        self.require_in_range(abs(value) + drift + error)
        if self.grid is not None and m.represents(value, self.scaled):
            return Rounded(m, value, error, grid=self.grid + exponent, scaled=self.scaled)
        if exponent < 0 or m.flush:
            error += (1 + SCALINGS * self.scaled) * m.eta[self.scaled]
        return Rounded(m, value, error, drift=drift, scaled=self.scaled)

    def __truediv__(self, other: Any) -> Rounded:
        if isinstance(other, LeftOut):
            return NotImplemented
        a, b, m = self.settle(), self._operand(other).settle(), self.model
        if b.scaled:
            raise TypeError("a number is divided by one with the scalar factor")
        if (done := self._special(operator.truediv, a, b)) is not None:
            return done
        if b.is_zero() and a.sign():
            return Rounded(m, exact(math.inf if a.value > 0 else -math.inf), scaled=a.scaled)
        if not m.largest * b.lowest() > 1 + m.u or not b.magnitude <= m.invertible:
            raise UndecidedError("a divisor may be 0, or its reciprocal may not be a normal number [TO-M6]")
        if a is b:
            return Rounded.of(m, 1)  # the same computed number [TO-E6]
        if a.is_zero():
            return a
        if b.is_power_of_two():
            return a._times_power(ONE / b.value, -(b.grid or 0))
        least = abs(b.value) - b.drift
        error = (a.error + a.reach() / least * b.error) / b.lowest()
        drift = (a.drift + abs(a.value / b.value) * b.drift) / least
        # Two roundings, so that a product with the reciprocal is allowed; one if that product is exact [TO-M6].
        products = 1 if a.is_power_of_two() or a is m.unit else 2
        return Rounded(m, a.value / b.value, error, drift=drift, scaled=a.scaled, products=products).settle()

    def __neg__(self) -> Rounded:
        a = self.settle()
        least, most = (None if x is None else -x for x in (a.most, a.least))
        bounds: dict[str, Any] = {"least": least, "most": most}
        return Rounded(self.model, -a.value, a.error, drift=a.drift, grid=a.grid, scaled=a.scaled, **bounds)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: float) -> Rounded:
        return self._operand(other) - self

    def exp(self) -> Rounded:
        """Return e to this power; exactly 1 at 0 [TO-M3, TO-E3]."""
        a, m = self.settle(), self.model
        if (done := self._special(math.exp, a)) is not None:
            return done
        if a.is_zero():
            return Rounded.of(m, 1)
        value = a.value.exp()
        own = m.u * (BINARY_EXP + BINARY_EXP_EACH * a.magnitude).max(exact(FUNCTION))
        error = value * a.drift.exp() * (a.error.exp() * (1 + own) - 1) + 4 * m.eta[False]
        result = Rounded(m, value, error, drift=value * (a.drift.exp() - 1))
        result.require_in_range(result.magnitude)
        return result

    def log(self) -> Rounded:
        """Return the natural logarithm; exactly 0 at 1 [TO-M3, TO-E4]."""
        a, m = self.settle(), self.model
        if a.is_exact() and (a.is_zero() or a.value == ONE):
            return Rounded.of(m, -math.inf if a.is_zero() else 0)
        if (done := self._special(math.log, a)) is not None:
            return done
        if not (a.value > 0 and a.lowest() > 0):
            raise UndecidedError("the logarithm of a number that may not be positive")
        value, drift = a.value.log(), -(1 - a.drift / a.value).log()
        brought = -(1 - a.error / (a.value - a.drift)).log()
        error = brought + FUNCTION * m.u * (abs(value) + drift + brought) + m.flush * m.eta[False]
        return Rounded(m, value, error, drift=drift)

    def maximum(self, other: Rounded | float) -> Rounded:
        """Return the larger of two numbers, NaN if either is; the very operand where it is known which [TO-E5]."""
        a, b = self.settle(), self._operand(other).settle()
        if a.value.is_nan() or b.value.is_nan():
            return Rounded.of(self.model, math.nan)
        slack = a.error + a.drift + b.error + b.drift
        if a.value >= b.value + slack:
            return a
        if b.value >= a.value + slack:
            return b
        return Rounded(self.model, a.value.max(b.value), a.error.max(b.error), drift=a.drift.max(b.drift))

    def __gt__(self, other: Rounded | float) -> bool:
        """Compare as any allowed computation must, or raise `UndecidedError` [TO-E7]."""
        a, b = self.settle(), self._operand(other).settle()
        slack = a.error + a.drift + b.error + b.drift
        if a.value > b.value + slack:
            return True
        if a.value + slack <= b.value or a.value.is_nan() or b.value.is_nan():
            return False
        raise UndecidedError("the error straddles the threshold; choose inputs that keep away from it")
