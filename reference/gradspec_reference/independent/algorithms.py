"""The other ways around the formulas of softmax, of its losses and of squared_error.

A class overrides how something is computed, never what; classes that override different methods can be mixed.
"""

from __future__ import annotations

import numpy as np

from .arithmetic import Arithmetic
from .formulas import Array
from .functions import far_above_underflow

BLOCK = 3  # classes in a block of the merged softmax


def below(x: Array, top: Array) -> Array:
    """Return ``x - top``; minus infinity lies below itself, so that its exponential is 0 in a block of nothing else."""
    return np.where(np.isneginf(top), top, x - top)


class ThroughLogarithm(Arithmetic):
    """Probabilities are exponentials of the log-softmax."""

    def softmax(self, logits: Array) -> Array:
        return self.exp(self.log_softmax(logits))


class Unshifted(Arithmetic):
    """Rows whose exponentials and their sum are safe are not shifted, if there is more than one class."""

    def softmax(self, logits: Array) -> Array:
        if logits.shape[1] == 1:  # the exponential is divided by itself: its reciprocal is not allowed
            return super().softmax(logits)
        e = self.exp(logits)
        total = self.denominator(e)
        harmless = far_above_underflow(e, self.dtype).all(axis=1, keepdims=True)
        harmless &= np.asarray(total <= 0.5 / np.finfo(self.dtype).smallest_normal)
        return np.where(harmless, self.divide(e, total), super().softmax(logits))


class Online(Arithmetic):
    """One pass over the classes; the sum is rescaled at every new maximum."""

    def softmax(self, logits: Array) -> Array:
        top, total = logits[:, 0], np.ones_like(logits[:, 0])
        for column in logits.T[1:]:
            previous, top = top, np.maximum(top, column)
            total = self.multiply_add(total, self.exp(below(previous, top)), self.exp(below(column, top)))
        return self.divide(self.exp(logits - top[:, None]), total[:, None])


class Merged(Arithmetic):
    """Blocks of classes have a maximum and a sum each, and are merged in pairs with rescaling."""

    def parts(self, logits: Array) -> list[Array]:
        """Return the blocks."""
        return [logits[:, i : i + BLOCK] for i in range(0, logits.shape[1], BLOCK)]

    def softmax(self, logits: Array) -> Array:
        states = []
        for block in self.parts(logits):
            top = block.max(axis=1, keepdims=True)
            states.append((top, self.denominator(self.exp(below(block, top)))))
        while len(states) > 1:
            pairs = zip(states[::2], states[1::2], strict=False)
            states = [self.merged(*pair) for pair in pairs] + states[len(states) & ~1 :]
        top, total = states[0]
        return self.divide(self.exp(logits - top), total)

    def merged(self, a: tuple[Array, Array], b: tuple[Array, Array]) -> tuple[Array, Array]:
        """Return the maximum and the sum of two blocks as one."""
        top = np.maximum(a[0], b[0])
        return top, self.multiply_add(a[1], self.exp(below(a[0], top)), b[1] * self.exp(below(b[0], top)))


class MergedSingles(Merged):
    """Every class is a block of its own."""

    def parts(self, logits: Array) -> list[Array]:
        return [logits[:, i : i + 1] for i in range(logits.shape[1])]


class LogOfProbability(Arithmetic):
    """The loss is minus the logarithm of the probability, where that is safe."""

    def losses(self, logits: Array, labels: Array) -> Array:
        p = self.softmax(logits)[self.of_label(logits, labels)]
        return np.where(far_above_underflow(p, self.dtype), -self.log(p), super().losses(logits, labels))


class Distributed(Arithmetic):
    """w p - w onehot instead of w (p - onehot)."""

    def dlogits(self, weight: Array, p: Array, labels: Array) -> Array:
        at, gradient = self.of_label(p, labels), np.asanyarray(weight[:, None] * p)
        gradient[at] = self.multiply_add(weight, p[at], -weight)
        return gradient


class Apart(Arithmetic):
    """dp p - p s instead of p (dp - s)."""

    def softmax_back(self, dp: Array, p: Array) -> Array:
        return self.multiply_add(-p, self.total((dp * p).T)[:, None], dp * p)


class ThroughJacobian(Arithmetic):
    """The Jacobian of the softmax is formed first."""

    def softmax_back(self, dp: Array, p: Array) -> Array:
        jacobian = np.eye(p.shape[1], dtype=p.dtype) * p[:, None, :] - p[:, :, None] * p[:, None, :]
        rows = [self.accumulate(d[None], j)[0] for d, j in zip(dp, jacobian, strict=True)]
        result = np.zeros_like(p)
        for i, row in enumerate(rows):
            result[i] = row
        return result


class Chained(LogOfProbability):
    """softmax and log_loss as two layers, in the rows whose probability of the label is safe.

    The softmax's Jacobian is not formed: products of two probabilities underflow before the division by one is undone.
    """

    def dlogits(self, weight: Array, p: Array, labels: Array) -> Array:
        back = Apart.softmax_back if isinstance(self, Apart) else Arithmetic.softmax_back
        harmless = far_above_underflow(p[self.of_label(p, labels)], self.dtype)[:, None]
        chained = back(self, self.log_losses_back(weight, p, labels), p)  # type: ignore[arg-type]
        return np.where(harmless, chained, super().dlogits(weight, p, labels))
