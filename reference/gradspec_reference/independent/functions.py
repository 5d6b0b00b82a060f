"""The ways of computing a quotient, an exponential and a logarithm, each as far off as it may be [TO-M3, TO-M6]."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arithmetic import Arithmetic
from .formulas import Array
from .rounding import WIDER

ALLOWED = 8  # relative error of an elementary function, in units of 2^-p; one is left for the last rounding
BELOW = 4  # its absolute error near underflow, in smallest subnormals; one is left for the last rounding
LOG2_E = np.log2(np.exp(np.longdouble(1)))
LN_2 = np.log(np.longdouble(2))


def far_above_underflow(x: Array, dtype: Any) -> Array:
    """Tell where a number is safe: a relative error of 1 ULP means there what it says [TO-F2]."""
    limits = np.finfo(dtype)
    return np.asarray(x >= limits.smallest_normal / (limits.eps / 2))


class Reciprocal(Arithmetic):
    """Quotients are products with the reciprocal."""

    def divide(self, a: Array, b: Any) -> Array:
        return np.asanyarray(a * (1 / b))


def pushed(right: Array, dtype: Any, direction: Any, underflows: bool) -> Array:
    """Return results of a wider format, `right`, moved by nearly what is allowed and rounded to `dtype`."""
    limits = np.finfo(dtype)
    off = right * (1 + direction * (ALLOWED - 1.01) * right.dtype.type(limits.epsneg))
    if underflows:
        tiny = np.abs(right) < limits.smallest_normal
        off = np.where(tiny, right + direction * (BELOW - 1) * right.dtype.type(limits.smallest_subnormal), off)
    return np.asarray(off.astype(dtype))


class Rough(Arithmetic):
    """Exponentials and logarithms are too large by nearly what is allowed; exact where that is promised."""

    def direction(self, x: Array) -> Any:
        """Return for each argument where its result is moved: 1 or -1."""
        return 1

    def exp(self, x: Array) -> Array:
        wide = WIDER[x.dtype.name]
        off = np.maximum(pushed(np.exp(x.astype(wide)), x.dtype, self.direction(x), underflows=True), x.dtype.type(0))
        return np.asarray(np.where((x == 0) | ~np.isfinite(x), np.exp(x), off))

    def log(self, x: Array) -> Array:
        wide = WIDER[x.dtype.name]
        right = np.log(x.astype(wide))
        off = pushed(right, x.dtype, self.direction(x) * np.sign(right), underflows=False)
        return np.asarray(np.where((x == 1) | ~np.isfinite(right), right.astype(x.dtype), off))


class RoughBelow(Rough):
    """As `Rough`, too small."""

    def direction(self, x: Array) -> Any:
        return -1


class RoughApart(Rough):
    """As `Rough`, too large for one class and too small for the next."""

    def direction(self, x: Array) -> Any:
        return 1 - 2 * (np.arange(x.shape[-1]) % 2) if x.ndim else 1


class BinaryExponential(Arithmetic):
    """Exponentials are powers of two of ``x log2(e)``, which is rounded first; the power is too large by ``3u``."""

    def exp(self, x: Array) -> Array:
        product = x * x.dtype.type(LOG2_E)
        wide = WIDER[x.dtype.name]
        power = np.exp2(product.astype(wide)) * (1 + 3 * wide(np.finfo(x.dtype).epsneg))
        return np.asarray(np.where(x == 0, x.dtype.type(1), power.astype(x.dtype)))


class BinaryLogarithm(Arithmetic):
    """Logarithms are those to base 2 times the logarithm of 2, and so is their gradient where it is safe."""

    def log(self, x: Array) -> Array:
        binary = np.log2(x.astype(WIDER[x.dtype.name])).astype(x.dtype)
        return np.asarray(binary * x.dtype.type(LN_2))

    def log_losses_back(self, weight: Array, p: Array, labels: Array) -> Array:
        at, dp, factor = self.of_label(p, labels), np.zeros_like(p), p.dtype.type(LN_2)
        harmless = far_above_underflow(p[at], self.dtype)
        dp[at] = np.where(harmless, -self.divide(weight * factor, p[at] * factor), -self.divide(weight, p[at]))
        return dp
