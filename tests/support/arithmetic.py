"""The layers written once more, from the pages in ``spec/layers`` and not from the reference, in plain NumPy.

Every operation is a method of `Arithmetic`, so that a subclass can compute it in another way, right or wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gradspec.corpus.case import Case
from gradspec.verdict.judge import Expectation, Judgement

Array = npt.NDArray[Any]
Tensors = dict[str, Array]


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

    def bias(self, x: Array, b: Array) -> Array:
        return x + b

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

    def softmax_back(self, dp: Array, p: Array) -> Array:
        return p * (dp - self.total((dp * p).T)[:, None])

    def log_softmax(self, logits: Array) -> Array:
        z = self.shift(logits)
        return z - self.log(self.denominator(self.exp(z)))

    def of_label(self, rows: Array, labels: Array) -> tuple[Array, Array]:
        """Return the index of each row's element at its label."""
        return np.arange(len(rows)), labels

    def losses(self, logits: Array, labels: Array) -> Array:
        return -self.log_softmax(logits)[self.of_label(logits, labels)]

    def log_losses(self, p: Array, labels: Array) -> Array:
        return -self.log(p[self.of_label(p, labels)])

    def log_losses_back(self, weight: Array, p: Array, labels: Array) -> Array:
        at, dp = self.of_label(p, labels), np.zeros_like(p)
        dp[at] = -self.divide(weight, p[at])
        return dp

    def square(self, residual: Array) -> Array:
        return residual * residual

    def half_squares(self, residual: Array, reduction: str) -> Array:
        return self.reduce(self.total(self.square(residual).T) / 2, reduction)

    def dresidual(self, weight: Array, residual: Array) -> tuple[Array, Array]:
        """Return the gradients of prediction and target."""
        dprediction = weight[:, None] * residual
        return dprediction, -dprediction

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


def identity(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": given["x"].copy()}, lambda cotangents: {"x": cotangents["y"].copy()}


def matmul(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    a, b = given["a"], given["b"]
    outputs = {"y": m.accumulate(a, b)}
    return outputs, lambda cotangents: dict(zip("ab", m.product_back(cotangents["y"], a, b), strict=True))


def bias(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    outputs = {"y": m.bias(given["x"], given["b"])}
    return outputs, lambda cotangents: dict(zip("xb", m.bias_back(cotangents["y"]), strict=True))


def affine(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    x, w, b = given["x"], given["w"], given["b"]
    outputs = {"y": m.affine(x, w, b)}
    return outputs, lambda cotangents: dict(zip("xwb", m.affine_back(cotangents["y"], x, w), strict=True))


def relu(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": m.relu(given["x"])}, lambda cotangents: {"x": m.gate(cotangents["y"], given["x"])}


def softmax(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    p = m.softmax(given["logits"])
    return {"probabilities": p}, lambda cotangents: {"logits": m.softmax_back(cotangents["probabilities"], p)}


# The heads: each returns its outputs and the way from the losses' cotangents to the gradient of the head's input,
# and to gradients of others.

Head = Callable[[Arithmetic, Array, Array, str], tuple[Tensors, Callable[[Array], tuple[Array, Tensors]]]]


def log_loss(m: Arithmetic, p: Array, labels: Array, reduction: str) -> Any:
    outputs = {"loss": m.reduce(m.log_losses(p, labels), reduction)}
    return outputs, lambda weight: (m.log_losses_back(weight, p, labels), {})


def cross_entropy(m: Arithmetic, logits: Array, labels: Array, reduction: str) -> Any:
    p = m.softmax(logits)
    outputs = {"loss": m.reduce(m.losses(logits, labels), reduction), "probabilities": p}
    return outputs, lambda weight: (m.dlogits(weight, p, labels), {})


def squared_error(m: Arithmetic, prediction: Array, target: Array, reduction: str) -> Any:
    residual = prediction - target

    def back(weight: Array) -> tuple[Array, Tensors]:
        dprediction, dtarget = m.dresidual(weight, residual)
        return dprediction, {"target": dtarget}

    return {"loss": m.half_squares(residual, reduction)}, back


def regression(m: Arithmetic, prediction: Array, target: Array, reduction: str) -> Any:
    outputs, back = squared_error(m, prediction, target, reduction)
    return outputs | {"prediction": prediction}, back


def network(head: Head, target: str, first: str, *parameters: str, rectified: bool = True) -> Layer:
    """Return the layer that ends in `head`, behind affine layers with or without a relu between each two."""

    def layer(m: Arithmetic, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
        x, trail = given[first], []
        for depth, (w, b) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
            gated = x if depth and rectified else None
            x = x if gated is None else m.relu(x)
            trail.append((depth, gated, x, w, b))
            x = m.affine(x, given[w], given[b])
        outputs, head_back = head(m, x, given[target], reduction)

        def back(cotangents: Tensors) -> Tensors:
            weight, finish = m.weigh(cotangents["loss"], len(x), reduction)
            dy, gradients = head_back(weight)
            for depth, gated, x_in, w, b in reversed(trail):
                dy, gradients[w], gradients[b] = m.network_back(dy, depth, gated, x_in, given[w])
            return finish(gradients | {first: dy})

        return outputs, back

    return layer


ONE, TWO, THREE = ("w", "b"), ("w1", "b1", "w2", "b2"), ("w1", "b1", "w2", "b2", "w3", "b3")
LAYERS: dict[str, Layer] = {
    "identity": identity,
    "matmul": matmul,
    "bias": bias,
    "affine": affine,
    "relu": relu,
    "softmax": softmax,
    "log_loss": network(log_loss, "labels", "probabilities"),
    "softmax_cross_entropy": network(cross_entropy, "labels", "logits"),
    "squared_error": network(squared_error, "target", "prediction"),
    "linear_classifier": network(cross_entropy, "labels", "x", *ONE),
    "linear_regression": network(regression, "target", "x", *ONE),
    "two_layer_linear": network(regression, "target", "x", *TWO, rectified=False),
    "two_layer_regression": network(regression, "target", "x", *TWO),
    "two_layer_classifier": network(cross_entropy, "labels", "x", *TWO),
    "three_layer_regression": network(regression, "target", "x", *THREE),
    "three_layer_classifier": network(cross_entropy, "labels", "x", *THREE),
}


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
