"""The formulas of the layers in plain NumPy, from the pages in ``spec/layers``.

Every operation is a method of `Formulas`, so that a subclass can compute it in another way, right or wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Tensors = dict[str, Array]
Finish = Callable[[Tensors], Tensors]


class Formulas:
    """Plain NumPy and BLAS. Examples are rows; sums run over the first axis."""

    dtype = np.dtype("float64")  # that of the request which is being answered

    def enter(self, given: Array) -> Array:
        return given

    def leave(self, result: Any, dtype: str) -> Array:
        assert result.dtype == dtype, f"computed in {result.dtype}, not in {dtype}"
        return np.asarray(result)

    def total(self, terms: Array) -> Any:
        return terms.sum(axis=0)

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        """Return the matrix product, added to `start` if that is given."""
        return np.asanyarray(a @ b if start is None else a @ b + start)

    def multiply_add(self, a: Array, b: Array, c: Array) -> Array:
        return np.asanyarray(a * b + c)

    def divide(self, a: Array, b: Any) -> Array:
        return np.asanyarray(a / b)

    def exp(self, x: Array) -> Array:
        return np.asanyarray(np.exp(x))

    def log(self, x: Array) -> Array:
        return np.asanyarray(np.log(x))

    def bias(self, x: Array, b: Array) -> Array:
        return np.asanyarray(x + b)

    def bias_back(self, dy: Array) -> tuple[Array, Array]:
        return dy.copy(), self.total(dy)

    def product_back(self, dy: Array, a: Array, b: Array) -> tuple[Array, Array]:
        return self.accumulate(dy, b.T), self.accumulate(a.T, dy)

    def affine(self, x: Array, w: Array, b: Array) -> Array:
        return self.bias(self.accumulate(x, w), b)

    def affine_back(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        dxw, db = self.bias_back(dy)
        return *self.product_back(dxw, x, w), db

    def network_back(self, dy: Array, depth: int, a: Array | None, x: Array, w: Array) -> tuple[Array, Array, Array]:
        """Go back through the affine layer at `depth`, and through the relu of `a` before it, if there is one."""
        dx, dw, db = self.affine_back(dy, x, w)
        return dx if a is None else self.gate(dx, a), dw, db

    def relu(self, x: Array) -> Array:
        return np.asanyarray(np.maximum(x, 0))

    def gate(self, dy: Array, x: Array) -> Array:
        return np.where(x > 0, dy, dy.dtype.type(0))

    def shift(self, logits: Array) -> Array:
        return np.asanyarray(logits - logits.max(axis=1, keepdims=True))

    def denominator(self, exponentials: Array) -> Array:
        return np.asanyarray(self.total(exponentials.T)[:, None])

    def softmax(self, logits: Array) -> Array:
        e = self.exp(self.shift(logits))
        return self.divide(e, self.denominator(e))

    def softmax_back(self, dp: Array, p: Array) -> Array:
        return np.asanyarray(p * (dp - self.total((dp * p).T)[:, None]))

    def log_softmax(self, logits: Array) -> Array:
        z = self.shift(logits)
        return np.asanyarray(z - self.log(self.denominator(self.exp(z))))

    def of_label(self, rows: Array, labels: Array) -> tuple[Array, Array]:
        """Return the index of each row's element at its label."""
        return np.arange(len(rows)), labels

    def losses(self, logits: Array, labels: Array) -> Array:
        return np.asanyarray(-self.log_softmax(logits)[self.of_label(logits, labels)])

    def log_losses(self, p: Array, labels: Array) -> Array:
        return -self.log(p[self.of_label(p, labels)])

    def log_losses_back(self, weight: Array, p: Array, labels: Array) -> Array:
        at, dp = self.of_label(p, labels), np.zeros_like(p)
        dp[at] = -self.divide(weight, p[at])
        return dp

    def square(self, residual: Array) -> Array:
        return np.asanyarray(residual * residual)

    def half_squares(self, residual: Array, reduction: str) -> Array:
        return self.reduce(self.total(self.square(residual).T) / 2, reduction)

    def dresidual(self, weight: Array, residual: Array) -> tuple[Array, Array]:
        """Return the gradients of prediction and target."""
        dprediction = np.asanyarray(weight[:, None] * residual)
        return dprediction, -dprediction

    def reduce(self, losses: Array, reduction: str) -> Array:
        if reduction == "none":
            return losses
        total = self.total(losses)
        return self.divide(total, losses.dtype.type(len(losses))) if reduction == "mean" else total

    def weigh(self, dloss: Array, n: int, reduction: str) -> tuple[Array, Finish]:
        """Return the cotangent of each example's loss, and what is still to be done to every gradient."""
        shared = self.divide(dloss, dloss.dtype.type(n)) if reduction == "mean" and n else dloss
        return np.broadcast_to(shared, (n,), subok=True), lambda gradients: gradients

    def between(self, depth: int, finish: Finish) -> tuple[Finish, Finish]:
        """Return what of `finish` is done before the affine layer at `depth`, and what is left for later."""
        return (lambda gradients: gradients), finish

    def dlogits(self, weight: Array, p: Array, labels: Array) -> Array:
        difference = p.copy()
        difference[self.of_label(p, labels)] -= 1
        return np.asanyarray(weight[:, None] * difference)
