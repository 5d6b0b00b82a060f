"""three_layer_regression: two hidden layers, squared_error (spec/layers/three_layer_regression.md)."""

from ..numbers.operations import Array
from . import chain, squared_error


def forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array, target: Array, *, reduction: str
) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``prediction`` (N, C)."""
    prediction, _ = chain.forward(x, [(w1, b1), (w2, b2), (w3, b3)], rectified=True)  # [HR-1]
    return squared_error.forward(prediction, target, reduction=reduction), prediction  # [HR-2]


def backward(
    dloss: Array,
    x: Array,
    w1: Array,
    b1: Array,
    w2: Array,
    b2: Array,
    w3: Array,
    b3: Array,
    target: Array,
    *,
    reduction: str,
) -> tuple[Array, ...]:
    """Return the gradients of x, of each layer's weights and bias, and of the target, in their shapes."""
    prediction, trace = chain.forward(x, [(w1, b1), (w2, b2), (w3, b3)], rectified=True)
    dprediction, dtarget = squared_error.backward(dloss, prediction, target, reduction=reduction)  # [HR-3]
    return *chain.backward(dprediction, trace, rectified=True), dtarget  # [HR-4, HR-5, HR-6]
