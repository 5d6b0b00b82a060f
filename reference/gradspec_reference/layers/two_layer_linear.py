"""two_layer_linear: affine, affine, squared_error (spec/layers/two_layer_linear.md)."""

from ..numbers.operations import Array
from . import chain, squared_error


def forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, target: Array, *, reduction: str
) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``prediction`` (N, C)."""
    prediction, _ = chain.forward(x, [(w1, b1), (w2, b2)], rectified=False)  # [TL-1]
    return squared_error.forward(prediction, target, reduction=reduction), prediction  # [TL-2]


def backward(
    dloss: Array, x: Array, w1: Array, b1: Array, w2: Array, b2: Array, target: Array, *, reduction: str
) -> tuple[Array, ...]:
    """Return ``dx`` (N, D), ``dw1`` (D, H), ``db1`` (H,), ``dw2`` (H, C), ``db2`` (C,), ``dtarget`` (N, C)."""
    prediction, trace = chain.forward(x, [(w1, b1), (w2, b2)], rectified=False)
    dprediction, dtarget = squared_error.backward(dloss, prediction, target, reduction=reduction)  # [TL-3]
    return *chain.backward(dprediction, trace, rectified=False), dtarget  # [TL-4, TL-5]
