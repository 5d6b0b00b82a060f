"""linear_regression: affine, squared_error (spec/layers/linear_regression.md)."""

from ..numbers.operations import Array
from . import chain, squared_error


def forward(x: Array, w: Array, b: Array, target: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``prediction`` (N, C)."""
    prediction, _ = chain.forward(x, [(w, b)], rectified=False)  # [LR-1]
    return squared_error.forward(prediction, target, reduction=reduction), prediction  # [LR-2]


def backward(dloss: Array, x: Array, w: Array, b: Array, target: Array, *, reduction: str) -> tuple[Array, ...]:
    """Return ``dx`` (N, D), ``dw`` (D, C), ``db`` (C,), ``dtarget`` (N, C)."""
    prediction, trace = chain.forward(x, [(w, b)], rectified=False)
    dprediction, dtarget = squared_error.backward(dloss, prediction, target, reduction=reduction)  # [LR-3]
    return *chain.backward(dprediction, trace, rectified=False), dtarget  # [LR-4]
