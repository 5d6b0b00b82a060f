"""Correct ways of computing the layers that give different bits: every one has to meet every interval.

A variant overrides how something is computed, never what. Classes that override different methods can be mixed.
``python tests/support/allowed_algorithms.py`` prints how much of the bounds the variants use.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from arithmetic import LAYERS, Arithmetic, Array, Judge, Tensors
from gradspec.corpus.load import load
from gradspec_reference.numbers.formats import FORMATS

WIDER = {"float32": np.float64, "float64": np.longdouble}

# How sums, and sums of products, are computed.


class Sequential(Arithmetic):
    """One term after the other, products rounded first."""

    def total(self, terms: Array) -> Any:
        return functools.reduce(np.add, terms, np.zeros(terms.shape[1:], terms.dtype))

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        products = a.T[:, :, None] * b[:, None, :]
        if start is not None:
            products = np.concatenate([np.broadcast_to(start, products.shape[1:])[None], products])
        return np.asarray(self.total(products))


class Reversed(Sequential):
    def total(self, terms: Array) -> Any:
        return super().total(terms[::-1])


class Permuted(Sequential):
    def total(self, terms: Array) -> Any:
        return super().total(terms[np.random.default_rng(2).permutation(len(terms))])


class Pairwise(Sequential):
    """Halves of halves."""

    def total(self, terms: Array) -> Any:
        half = len(terms) // 2
        return self.total(terms[:half]) + self.total(terms[half:]) if half else super().total(terms)


class Blocked(Sequential):
    """Blocks of four neighbours, then the blocks."""

    def total(self, terms: Array) -> Any:
        blocks = [super(Blocked, self).total(terms[i : i + 4]) for i in range(0, len(terms), 4)]
        return super().total(np.array(blocks)) if blocks else super().total(terms)


class Lanes(Sequential):
    """Every fourth term, as vector registers have it, then the four."""

    def total(self, terms: Array) -> Any:
        return super().total(np.array([super(Lanes, self).total(terms[i::4]) for i in range(4)]))


def rounded(number: Fraction, dtype: Any) -> float:
    """Round a dyadic fraction once, straight to `dtype`."""
    return FORMATS[np.dtype(dtype).name].round(number.numerator, 1 - number.denominator.bit_length())


def elementwise(function: Callable[..., float], *arrays: Array) -> Array:
    result = np.frompyfunc(function, len(arrays), 1)(*arrays)
    return np.asarray(result, dtype=arrays[0].dtype)


def exact_sum(column: Array) -> float:
    finite = np.isfinite(column).all()
    return rounded(sum(map(Fraction, column.tolist()), Fraction()), column.dtype) if finite else sum(column.tolist())


class CorrectlyRounded(Sequential):
    """Sums rounded once; products rounded before."""

    def total(self, terms: Array) -> Any:
        if not terms.size:
            return super().total(terms)
        sums = [exact_sum(column) for column in terms.reshape(len(terms), -1).T]
        return np.array(sums, terms.dtype).reshape(terms.shape[1:])


class Fused(Sequential):
    """Multiply-add with a single rounding, wherever a product meets a sum."""

    def multiply_add(self, a: Array, b: Array, c: Array) -> Array:
        def fma(a: float, b: float, c: float) -> float:
            if not np.isfinite([a, b, c]).all():
                return a * b + c
            return rounded(Fraction(a) * Fraction(b) + Fraction(c), dtype)

        dtype = a.dtype
        return elementwise(fma, a, b, c)

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        result = np.zeros((len(a), b.shape[1]), a.dtype) + (a.dtype.type(0) if start is None else start)
        for column, row in zip(a.T, b, strict=True):
            result = self.multiply_add(column[:, None], row[None, :], result)
        return result


class WiderAccumulator(Arithmetic):
    """Sums and products of twice the digits or a few more, rounded when they are complete."""

    def total(self, terms: Array) -> Any:
        return terms.astype(WIDER[terms.dtype.name]).sum(axis=0).astype(terms.dtype)

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        wide = WIDER[a.dtype.name]
        product = a.astype(wide) @ b.astype(wide)
        return (product if start is None else product + start).astype(a.dtype)


class WiderThroughout(Arithmetic):
    """Everything in a wider format, rounded once."""

    def enter(self, given: Array) -> Array:
        return given.astype(WIDER[given.dtype.name]) if given.dtype.kind == "f" else given

    def leave(self, result: Any, dtype: str) -> Array:
        return np.asarray(result, dtype=dtype)


# Other ways around the same formulas.


class BiasFirst(Arithmetic):
    """The bias is what the accumulator starts from."""

    def affine(self, x: Array, w: Array, b: Array) -> Array:
        return self.accumulate(x, w, b)


class ThroughLogarithm(Arithmetic):
    """Probabilities are exponentials of the log-softmax."""

    def softmax(self, logits: Array) -> Array:
        return self.exp(self.log_softmax(logits))


def far_above_underflow(x: Array) -> Array:
    """Tell where a relative error of 1 ULP means what it says."""
    limits = np.finfo(x.dtype)
    return x >= limits.smallest_normal / (limits.eps / 2)


class LogOfProbability(Arithmetic):
    """The loss is minus the logarithm of the probability, where that is far from underflow."""

    def losses(self, logits: Array, labels: Array) -> Array:
        p = self.softmax(logits)[self.of_label(logits, labels)]
        return np.where(far_above_underflow(p), -self.log(p), super().losses(logits, labels))


class Unshifted(Arithmetic):
    """Rows whose exponentials neither overflow nor come near underflow are not shifted."""

    def softmax(self, logits: Array) -> Array:
        e = self.exp(logits)
        total = self.denominator(e)
        harmless = far_above_underflow(e).all(axis=1, keepdims=True) & np.isfinite(total)
        return np.where(harmless, self.divide(e, total), super().softmax(logits))


class Online(Arithmetic):
    """One pass over the classes; the sum is rescaled at every new maximum."""

    def softmax(self, logits: Array) -> Array:
        top, total = logits[:, 0], np.ones_like(logits[:, 0])
        for column in logits.T[1:]:
            previous, top = top, np.maximum(top, column)
            total = self.multiply_add(total, self.exp(previous - top), self.exp(column - top))
        return self.divide(self.exp(logits - top[:, None]), total[:, None])


class Distributed(Arithmetic):
    """w p - w onehot instead of w (p - onehot)."""

    def dlogits(self, weight: Array, p: Array, labels: Array) -> Array:
        at, gradient = self.of_label(p, labels), weight[:, None] * p
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
        blocks = [self.accumulate(d[None], j) for d, j in zip(dp, jacobian, strict=True)]
        return np.concatenate(blocks) if blocks else np.zeros_like(p)


class HalfFirst(Arithmetic):
    """One factor of each square is halved."""

    def square(self, residual: Array) -> Array:
        return residual * (residual / 2)

    def half_squares(self, residual: Array, reduction: str) -> Array:
        return self.reduce(self.total(self.square(residual).T), reduction)


class HalfLast(Arithmetic):
    """The half is applied to the reduced loss."""

    def half_squares(self, residual: Array, reduction: str) -> Array:
        return self.reduce(self.total(self.square(residual).T), reduction) * residual.dtype.type(0.5)


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
            return np.array([self.accumulate(r[None], r[:, None])[0, 0] for r in residual], residual.dtype) / 2
        flat = residual.reshape(1, -1)
        total = self.accumulate(flat, flat.T)[0, 0] / 2
        return self.divide(total, residual.dtype.type(len(residual))) if reduction == "mean" else total


class ScaledLast(Arithmetic):
    """A scalar cotangent and 1/N are left to the end, and applied to each finished gradient."""

    def weigh(self, dloss: Array, n: int, reduction: str) -> tuple[Array, Callable[[Tensors], Tensors]]:
        shared, _ = super().weigh(dloss, n, reduction)
        if dloss.ndim or not n:
            return shared, lambda gradients: gradients
        return np.ones(n, dloss.dtype), lambda gradients: {k: g * shared[0] for k, g in gradients.items()}


class DividedLast(Arithmetic):
    """The cotangent goes in first, 1/N comes last."""

    def weigh(self, dloss: Array, n: int, reduction: str) -> tuple[Array, Callable[[Tensors], Tensors]]:
        if reduction != "mean" or not n:
            return super().weigh(dloss, n, reduction)
        weight, divisor = super().weigh(dloss, n, "sum")[0], dloss.dtype.type(n)
        return weight, lambda gradients: {k: self.divide(g, divisor) for k, g in gradients.items()}


class Reciprocal(Arithmetic):
    """Quotients are products with the reciprocal."""

    def divide(self, a: Array, b: Any) -> Array:
        return a * (1 / b)


class Rough(Arithmetic):
    """Exponentials and logarithms that are 3 ULP too high; exact at 0 and 1 [TO-M3]."""

    direction = np.inf

    def _off(self, function: Callable[[Array], Array], x: Array, exact: float) -> Array:
        right = function(x.astype(WIDER[x.dtype.name])).astype(x.dtype)
        off = right
        for _ in range(3):
            off = np.nextafter(off, x.dtype.type(self.direction))
        return np.where((x == exact) | ~np.isfinite(x) | ~np.isfinite(right), right, off)

    def exp(self, x: Array) -> Array:
        return np.maximum(self._off(np.exp, x, 0), 0)

    def log(self, x: Array) -> Array:
        return self._off(np.log, x, 1)


class RoughBelow(Rough):
    direction = -np.inf


SUMS = (Sequential, Reversed, Permuted, Pairwise, Blocked, Lanes, CorrectlyRounded, Fused, WiderAccumulator)
BIAS = (BiasFirst,)  # shows with written-out sums only
HALF = (HalfFirst,)  # same bits, but for an underflow or overflow that no case has
ROUTES = (
    (ThroughLogarithm, Unshifted, Online),
    (LogOfProbability,),
    (Distributed,),
    (Apart, ThroughJacobian),
    (HalfLast, AllAtOnce, ScalarProduct),
    (ScaledLast, DividedLast),
    (Reciprocal,),
    (Rough, RoughBelow),
)


def mixed(*parts: type[Arithmetic]) -> Arithmetic:
    """Return the variant that differs from plain NumPy in all of these ways."""
    return type("+".join(part.__name__ for part in parts), parts or (Arithmetic,), {})()


VARIANTS = [
    Arithmetic(),
    *(part() for part in (*SUMS, WiderThroughout, *HALF, *itertools.chain(*ROUTES))),
    *(mixed(part, BiasFirst) for part in SUMS),
]


def main() -> None:
    """Print the largest fraction of a bound that any variant used, by layer, tensor and dtype."""
    worst: dict[tuple[str, str, str], tuple[float, str, str]] = {}
    judges = [Judge(case) for case in load() if case.layer in LAYERS]
    for variant, judge in itertools.product(VARIANTS, judges):
        case = judge.case
        for tensor, judgement in judge(variant.answer(case)).items():
            key, found = (case.layer, tensor, case.dtype), (judgement.fraction, case.name, type(variant).__name__)
            worst[key] = max(worst.get(key, (0.0, "-", "-")), found if found[0] else (0.0, "-", "-"))
    for (layer, tensor, dtype), (fraction, name, variant) in sorted(worst.items()):
        print(f"{layer:22} {tensor:22} {dtype}  {fraction:6.3f}  {name:24} {variant}")


if __name__ == "__main__":
    main()
