"""The layers composed of the methods of `Formulas`, and `Arithmetic`, which answers a request with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from .formulas import Array, Formulas, Tensors

Back = Callable[[Tensors], Tensors]
Layer = Callable[[Formulas, Tensors, str], tuple[Tensors, Back]]
Head = Callable[[Formulas, Array, Array, str], tuple[Tensors, Callable[[Array], tuple[Array, Tensors]]]]


class Asked(Protocol):
    """What an arithmetic reads of a request, or of a fixture's case."""

    @property
    def layer(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...
    @property
    def inputs(self) -> Mapping[str, Array]: ...
    @property
    def cotangents(self) -> Mapping[str, Array]: ...


# The layers: each returns its outputs and the way from cotangents to gradients.


def identity(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": given["x"].copy()}, lambda cotangents: {"x": cotangents["y"].copy()}


def matmul(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    a, b = given["a"], given["b"]
    outputs = {"y": m.accumulate(a, b)}
    return outputs, lambda cotangents: dict(zip("ab", m.product_back(cotangents["y"], a, b), strict=True))


def bias(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    outputs = {"y": m.bias(given["x"], given["b"])}
    return outputs, lambda cotangents: dict(zip("xb", m.bias_back(cotangents["y"]), strict=True))


def affine(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    x, w, b = given["x"], given["w"], given["b"]
    outputs = {"y": m.affine(x, w, b)}
    return outputs, lambda cotangents: dict(zip("xwb", m.affine_back(cotangents["y"], x, w), strict=True))


def relu(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    return {"y": m.relu(given["x"])}, lambda cotangents: {"x": m.gate(cotangents["y"], given["x"])}


def softmax(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
    p = m.softmax(given["logits"])
    return {"probabilities": p}, lambda cotangents: {"logits": m.softmax_back(cotangents["probabilities"], p)}


# The heads: each returns its outputs and the way from the losses' cotangents to the gradient of the head's input,
# and to gradients of others.


def log_loss(m: Formulas, p: Array, labels: Array, reduction: str) -> Any:
    outputs = {"loss": m.reduce(m.log_losses(p, labels), reduction)}
    return outputs, lambda weight: (m.log_losses_back(weight, p, labels), {})


def cross_entropy(m: Formulas, logits: Array, labels: Array, reduction: str) -> Any:
    p = m.softmax(logits)
    outputs = {"loss": m.reduce(m.losses(logits, labels), reduction), "probabilities": p}
    return outputs, lambda weight: (m.dlogits(weight, p, labels), {})


def squared_error(m: Formulas, prediction: Array, target: Array, reduction: str) -> Any:
    residual = prediction - target

    def back(weight: Array) -> tuple[Array, Tensors]:
        dprediction, dtarget = m.dresidual(weight, residual)
        return dprediction, {"target": dtarget}

    return {"loss": m.half_squares(residual, reduction)}, back


def regression(m: Formulas, prediction: Array, target: Array, reduction: str) -> Any:
    outputs, back = squared_error(m, prediction, target, reduction)
    return outputs | {"prediction": prediction}, back


def network(head: Head, target: str, first: str, *parameters: str, rectified: bool = True) -> Layer:
    """Return the layer that ends in `head`, behind affine layers with or without a relu between each two."""

    def layer(m: Formulas, given: Tensors, reduction: str) -> tuple[Tensors, Back]:
        x, trail = given[first], []
        for depth, (w, b) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
            gated = x if depth and rectified else None
            x = x if gated is None else m.relu(x)
            trail.append((depth, gated, x, w, b))
            x = m.affine(x, given[w], given[b])
        outputs, head_back = head(m, x, given[target], reduction)

        def back(cotangents: Tensors) -> Tensors:
            weight, later = m.weigh(cotangents["loss"], len(x), reduction)
            dy, gradients = head_back(weight)
            gradients = later(gradients)
            for depth, gated, x_in, w, b in reversed(trail):
                now, later = m.between(depth, later)
                dy, dw, db = m.network_back(now({first: dy})[first], depth, gated, x_in, given[w])
                gradients |= later({w: dw, b: db})
            return gradients | later({first: dy})

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


class Arithmetic(Formulas):
    """A way of computing every layer; this one is the plainest."""

    def answer(self, asked: Asked) -> Tensors:
        """Answer a request, with examples as columns where it asks for them, by paths such as ``outputs/<name>``.

        Where there are cotangents, all gradients are returned.
        """

        def turn(array: Array) -> Array:
            return array.T if asked.attributes.get("layout") == "columns" else array

        self.dtype = np.dtype(asked.dtype)
        given = {name: self.enter(turn(array)) for name, array in asked.inputs.items()}
        cotangents = {name: self.enter(turn(array)) for name, array in asked.cotangents.items()}
        with np.errstate(all="ignore"):
            outputs, back = LAYERS[asked.layer](self, given, asked.attributes.get("reduction", ""))
            gradients = back(cotangents) if cotangents else {}
            results = {f"outputs/{k}": v for k, v in outputs.items()}
            results |= {f"gradients/{k}": v for k, v in gradients.items()}
            return {name: turn(self.leave(result, asked.dtype)) for name, result in results.items()}
