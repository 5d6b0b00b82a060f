"""The other ways of halving, squaring and summing that squared_error has."""

from __future__ import annotations

import numpy as np

from .arithmetic import Arithmetic
from .formulas import Array


class HalfFirst(Arithmetic):
    """One factor of each square is halved."""

    def square(self, residual: Array) -> Array:
        return np.asanyarray(residual * (residual / 2))

    def half_squares(self, residual: Array, reduction: str) -> Array:
        return self.reduce(self.total(self.square(residual).T), reduction)


class HalfLast(Arithmetic):
    """The half is applied to the reduced loss."""

    def half_squares(self, residual: Array, reduction: str) -> Array:
        return np.asanyarray(self.reduce(self.total(self.square(residual).T), reduction) * residual.dtype.type(0.5))


class AllAtOnce(Arithmetic):
    """Squares are summed over components and examples together."""

    def half_squares(self, residual: Array, reduction: str) -> Array:
        if reduction == "none":
            return super().half_squares(residual, reduction)
        total = self.total(self.square(residual).reshape(-1)) / 2
        return self.divide(total, residual.dtype.type(len(residual))) if reduction == "mean" else total


class ScalarProduct(Arithmetic):
    """The sum of squares is the product of the residuals with themselves."""

    def half_squares(self, residual: Array, reduction: str) -> Array:
        if reduction == "none":
            products = [self.accumulate(r[None], r[:, None])[0, 0] for r in residual]
            return np.array(products, residual.dtype) / 2
        flat = residual.reshape(1, -1)
        total = self.accumulate(flat, flat.T)[0, 0] / 2
        return self.divide(total, residual.dtype.type(len(residual))) if reduction == "mean" else total


class MeanOfElements(Arithmetic):
    """The mean of the squares over all elements, times half the number of components."""

    def half_squares(self, residual: Array, reduction: str) -> Array:
        if reduction != "mean" or not residual.size:
            return super().half_squares(residual, reduction)
        kind = residual.dtype.type
        mean = self.divide(self.total(self.square(residual).reshape(-1)), kind(residual.size))
        return np.asanyarray(mean * kind(residual.shape[1] / 2))
