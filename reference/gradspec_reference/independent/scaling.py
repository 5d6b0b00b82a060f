"""The places where a scalar cotangent and the 1/N of a mean may be applied to a gradient [TO-F1]."""

from __future__ import annotations

import numpy as np

from .arithmetic import Arithmetic
from .formulas import Array, Finish, Tensors

FIRST, LAST = -1, 9  # before the losses' gradients; after every gradient. Between: before the affine layer of a depth


def unchanged(gradients: Tensors) -> Tensors:
    """Return the gradients as they are."""
    return gradients


class Placed(Arithmetic):
    """The scalar cotangent and 1/N go in at `cotangent_at` and at `mean_at`, on the way back from the loss.

    A place is `FIRST`, the depth of an affine layer, or `LAST`: what is not applied at a depth stays for the result.
    """

    cotangent_at = FIRST
    mean_at = FIRST

    def weigh(self, dloss: Array, n: int, reduction: str) -> tuple[Array, Finish]:
        self.left: dict[int, list[Finish]] = {}
        shared = dloss
        if dloss.ndim == 0 and n and self.cotangent_at != FIRST:
            shared = np.ones_like(dloss)
            self.left.setdefault(self.cotangent_at, []).append(lambda g: {k: a * dloss for k, a in g.items()})
        if reduction == "mean" and n:
            divisor = dloss.dtype.type(n)
            if self.mean_at == FIRST:
                shared = self.divide(shared, divisor)
            else:
                divide: Finish = lambda g: {k: self.divide(a, divisor) for k, a in g.items()}  # noqa: E731
                self.left.setdefault(self.mean_at, []).append(divide)
        return np.broadcast_to(shared, (n,), subok=True), self._remaining()

    def between(self, depth: int, finish: Finish) -> tuple[Finish, Finish]:
        now = self.left.pop(depth, [])
        return (lambda gradients: _all(now, gradients)), self._remaining()

    def _remaining(self) -> Finish:
        rest = [step for steps in self.left.values() for step in steps]
        return lambda gradients: _all(rest, gradients)


def _all(steps: list[Finish], gradients: Tensors) -> Tensors:
    for step in steps:
        gradients = step(gradients)
    return gradients


class ScaledLast(Arithmetic):
    """Their quotient is left to the end, and applied to each finished gradient."""

    def weigh(self, dloss: Array, n: int, reduction: str) -> tuple[Array, Finish]:
        shared, _ = super().weigh(dloss, n, reduction)
        if dloss.ndim or not n:
            return shared, unchanged
        return np.ones_like(shared), lambda gradients: {k: g * shared[0] for k, g in gradients.items()}


class DividedLast(Placed):
    """The cotangent goes in first, 1/N comes last."""

    mean_at = LAST


class CotangentLast(Placed):
    """1/N goes in first, the cotangent comes last."""

    cotangent_at = LAST


class BothLast(Placed):
    """First the cotangent and then 1/N, both at the end."""

    cotangent_at = LAST
    mean_at = LAST


class ScaledBetween(Placed):
    """Both go in before the first affine layer's gradients."""

    cotangent_at = 0
    mean_at = 0


class DividedBetween(Placed):
    """The cotangent goes in before the second affine layer's gradients, 1/N before the first's."""

    cotangent_at = 1
    mean_at = 0
