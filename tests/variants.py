"""Correct ways of computing the layers that give different bits: every one has to meet every interval.

The mathematics is written here once more, from the pages in ``spec/layers`` and not from the reference, over the
methods of `Arithmetic`. A variant overrides how something is computed, never what. Classes that override different
methods can be mixed. ``python tests/variants.py`` prints how much of the bounds the variants use.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from gradspec_conformance.fixture import Case
from gradspec_conformance.judge import Expectation, Judgement
from gradspec_conformance.run import load
from gradspec_reference.formats import FORMATS

Array = npt.NDArray[Any]
Tensors = dict[str, Array]
WIDER = {"float32": np.float64, "float64": np.longdouble}


class Arithmetic:
    """Plain NumPy and BLAS. Examples are rows; sums run over the first axis."""

    def enter(self, given: Array) -> Array:
        return given

    def leave(self, result: Any, dtype: str) -> Array:
        assert result.dtype == dtype, f"computed in {result.dtype}, not in {dtype}"
        return np.asarray(result)

    def total(self, terms: Array) -> Any:
        return terms.sum(axis=0)

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        """Return the matrix product, added to `start` if that is given."""
        return a @ b if start is None else a @ b + start

    def multiply_add(self, a: Array, b: Array, c: Array) -> Array:
        return a * b + c

    def divide(self, a: Array, b: Any) -> Array:
        return a / b

    def exp(self, x: Array) -> Array:
        return np.exp(x)

    def log(self, x: Array) -> Array:
        return np.log(x)

    def affine(self, x: Array, w: Array, b: Array) -> Array:
        return self.accumulate(x, w) + b

    def affine_back(self, dy: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        return self.accumulate(dy, w.T), self.accumulate(x.T, dy), self.total(dy)

    def relu(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def gate(self, dy: Array, x: Array) -> Array:
        return np.where(x > 0, dy, dy.dtype.type(0))

    def shift(self, logits: Array) -> Array:
        return logits - logits.max(axis=1, keepdims=True)

    def denominator(self, exponentials: Array) -> Array:
        return self.total(exponentials.T)[:, None]

    def softmax(self, logits: Array) -> Array:
        e = self.exp(self.shift(logits))
        return self.divide(e, self.denominator(e))

    def log_softmax(self, logits: Array) -> Array:
        z = self.shift(logits)
        return z - self.log(self.denominator(self.exp(z)))

    def of_label(self, rows: Array, labels: Array) -> tuple[Array, Array]:
        """Return the index of each row's element at its label."""
        return np.arange(len(rows)), labels

    def losses(self, logits: Array, labels: Array) -> Array:
        return -self.log_softmax(logits)[self.of_label(logits, labels)]

    def reduce(self, losses: Array, reduction: str) -> Array:
        if reduction == "none":
            return losses
        total = self.total(losses)
        return self.divide(total, losses.dtype.type(len(losses))) if reduction == "mean" else total

    def weigh(self, dloss: Array, n: int, reduction: str) -> tuple[Array, Callable[[Tensors], Tensors]]:
        """Return the cotangent of each example's loss, and what is still to be done to every gradient."""
        shared = self.divide(dloss, dloss.dtype.type(n)) if reduction == "mean" and n else dloss
        return np.broadcast_to(shared, (n,)), lambda gradients: gradients

    def dlogits(self, weight: Array, p: Array, labels: Array) -> Array:
        difference = p.copy()
        difference[self.of_label(p, labels)] -= 1
        return weight[:, None] * difference

    def softmax_back(self, dp: Array, p: Array) -> Array:
        return p * (dp - self.total((dp * p).T)[:, None])

    def answer(self, case: Case) -> Tensors:
        """Answer a case, with examples as columns where it asks for them."""

        def turn(array: Array) -> Array:
            return array.T if case.attributes.get("layout") == "columns" else array

        given = {name: self.enter(turn(array)) for name, array in case.inputs.items()}
        cotangents = {name: self.enter(turn(array)) for name, array in case.cotangents.items()}
        with np.errstate(all="ignore"):
            outputs, back = LAYERS[case.layer](self, given, case.attributes.get("reduction", ""))
            gradients = back(cotangents) if case.gradients else {}
            results = {f"outputs/{k}": v for k, v in outputs.items()}
            results |= {f"gradients/{k}": v for k, v in gradients.items()}
            return {name: turn(self.leave(result, case.dtype)) for name, result in results.items()}


# The layers: each returns its outputs and the way from cotangents to gradients.

Back = Callable[[Tensors], Tensors]
Layer = Callable[[Arithmetic, Tensors, str], tuple[Tensors, Back]]
HeadBack = Callable[[Array], tuple[Array, Tensors]]
Head = Callable[[Arithmetic, Array, Array], tuple[Array, Tensors, HeadBack]]


def identity(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": given["x"].copy()}, lambda cotangents: {"x": cotangents["y"].copy()}


def relu(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": m.relu(given["x"])}, lambda cotangents: {"x": m.gate(cotangents["y"], given["x"])}


def affine(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    x, w, b = given["x"], given["w"], given["b"]
    outputs = {"y": m.affine(x, w, b)}
    return outputs, lambda cotangents: dict(zip("xwb", m.affine_back(cotangents["y"], x, w), strict=True))


def matmul(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    a, b = given["a"], given["b"]
    outputs = {"y": m.accumulate(a, b)}
    return outputs, lambda c: {"a": m.accumulate(c["y"], b.T), "b": m.accumulate(a.T, c["y"])}


def bias(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": given["x"] + given["b"]}, lambda c: {"x": c["y"].copy(), "b": m.total(c["y"])}


def softmax(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    p = m.softmax(given["logits"])
    return {"probabilities": p}, lambda c: {"logits": m.softmax_back(c["probabilities"], p)}


def log_loss(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    p, place = given["probabilities"], m.of_label(given["probabilities"], given["labels"])

    def back(cotangents: Tensors) -> Tensors:
        weight, finish = m.weigh(cotangents["loss"], len(p), reduction)
        dp = np.zeros_like(p)
        dp[place] = -weight / p[place]
        return finish({"probabilities": dp})

    return {"loss": m.reduce(-m.log(p[place]), reduction)}, back


def cross_entropy(m: Arithmetic, logits: Array, labels: Array) -> tuple[Array, Tensors, HeadBack]:
    p = m.softmax(logits)
    return m.losses(logits, labels), {"probabilities": p}, lambda weight: (m.dlogits(weight, p, labels), {})


def half_squares(m: Arithmetic, prediction: Array, target: Array) -> tuple[Array, Tensors, HeadBack]:
    residual = prediction - target
    losses = m.total((residual * residual).T) / residual.dtype.type(2)

    def back(weight: Array) -> tuple[Array, Tensors]:
        return weight[:, None] * residual, {"target": weight[:, None] * -residual}

    return losses, {"prediction": prediction}, back


def network(head: Head, target: str, first: str, *parameters: str, rectified: bool = True) -> Layer:
    """Return the layer that ends in the loss `head`, behind affine layers, `rectified` or not between each two."""

    def layer(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
        y, trail = given[first], []
        for w, b in zip(parameters[::2], parameters[1::2], strict=True):
            x = m.relu(y) if trail and rectified else y
            trail.append((y, x, w, b))
            y = m.affine(x, given[w], given[b])
        losses, others, head_back = head(m, y, given[target])

        def back(cotangents: Tensors) -> Tensors:
            weight, finish = m.weigh(cotangents["loss"], len(losses), reduction)
            dy, gradients = head_back(weight)
            for depth, (a, x, w, b) in reversed(list(enumerate(trail))):
                dy, gradients[w], gradients[b] = m.affine_back(dy, x, given[w])
                dy = m.gate(dy, a) if depth and rectified else dy
            return finish(gradients | {first: dy})

        return {"loss": m.reduce(losses, reduction)} | ({} if first == "prediction" else others), back

    return layer


TWO, THREE = ("x", "w1", "b1", "w2", "b2"), ("x", "w1", "b1", "w2", "b2", "w3", "b3")
LAYERS: dict[str, Layer] = {
    "identity": identity,
    "matmul": matmul,
    "bias": bias,
    "affine": affine,
    "relu": relu,
    "softmax": softmax,
    "log_loss": log_loss,
    "softmax_cross_entropy": network(cross_entropy, "labels", "logits"),
    "squared_error": network(half_squares, "target", "prediction"),
    "linear_classifier": network(cross_entropy, "labels", "x", "w", "b"),
    "linear_regression": network(half_squares, "target", "x", "w", "b"),
    "two_layer_linear": network(half_squares, "target", *TWO, rectified=False),
    "two_layer_regression": network(half_squares, "target", *TWO),
    "two_layer_classifier": network(cross_entropy, "labels", *TWO),
    "three_layer_regression": network(half_squares, "target", *THREE),
    "three_layer_classifier": network(cross_entropy, "labels", *THREE),
}


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
ROUTES = (
    (ThroughLogarithm, Unshifted, Online),
    (LogOfProbability,),
    (Distributed,),
    (ScaledLast, DividedLast),
    (Reciprocal,),
    (Rough, RoughBelow),
)


def mixed(*parts: type[Arithmetic]) -> Arithmetic:
    """Return the variant that differs from plain NumPy in all of these ways."""
    return type("+".join(part.__name__ for part in parts), parts or (Arithmetic,), {})()


VARIANTS = [
    Arithmetic(),
    *(part() for part in (*SUMS, WiderThroughout, *itertools.chain(*ROUTES))),
    *(mixed(part, BiasFirst) for part in SUMS),
]


class Judge:
    """Judges every tensor of an answer on its own; it must have those of the case, in their shapes."""

    def __init__(self, case: Case) -> None:
        intervals = {f"outputs/{k}": v for k, v in case.outputs.items()}
        intervals |= {f"gradients/{k}": v for k, v in case.gradients.items()}
        bitwise = case.layer == "identity"
        self.case = case
        self.shapes = {name: i.value.shape for name, i in intervals.items()}
        self.expected = {name: Expectation({name: i}, case.dtype, bitwise) for name, i in intervals.items()}

    def __call__(self, answer: Tensors) -> dict[str, Judgement]:
        assert {name: tensor.shape for name, tensor in answer.items()} == self.shapes, self.case.id
        return {name: e.judge(answer) for name, e in self.expected.items()}


def main() -> None:
    """Print the largest share of a bound that any variant used, by layer, tensor and dtype."""
    worst: dict[tuple[str, str, str], tuple[float, str, str]] = {}
    judges = [Judge(case) for case in load() if case.layer in LAYERS]
    for variant, judge in itertools.product(VARIANTS, judges):
        case = judge.case
        for tensor, judgement in judge(variant.answer(case)).items():
            key, found = (case.layer, tensor, case.dtype), (judgement.share, case.name, type(variant).__name__)
            worst[key] = max(worst.get(key, (0.0, "-", "-")), found if found[0] else (0.0, "-", "-"))
    for (layer, tensor, dtype), (share, name, variant) in sorted(worst.items()):
        print(f"{layer:22} {tensor:22} {dtype}  {share:6.3f}  {name:24} {variant}")


if __name__ == "__main__":
    main()
