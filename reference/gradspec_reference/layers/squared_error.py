"""squared_error: half the squared distance of prediction and target (spec/layers/squared_error.md)."""

import numpy as np

from ..numbers.operations import Array, allowed, mean
from . import reductions


def forward(prediction: Array, target: Array, *, reduction: str) -> Array:
    """Return ``loss`` (N,) or () for ``prediction`` and ``target`` (N, C)."""
    residual = prediction - target

    def example_by_example(r: Array) -> Array:
        return np.asarray(reductions.reduce((r * r).sum(axis=1) / 2, reduction))  # [SE-1]

    def half_first(r: Array) -> Array:
        return np.asarray(reductions.reduce((r * (r / 2)).sum(axis=1), reduction))

    def half_last(r: Array) -> Array:
        squares = (r * r).reshape(-1)
        return np.asarray((mean(squares, len(r)) if reduction == "mean" and len(r) else squares.sum()) / 2)

    one_by_one = example_by_example, half_first
    return allowed(residual, *one_by_one, *(() if reduction == "none" else (half_last,)))


def backward(dloss: Array, prediction: Array, target: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return ``dprediction`` and ``dtarget`` (N, C) for ``dloss`` (N,) or ()."""
    weight = np.broadcast_to(reductions.spread(dloss, len(prediction), reduction), prediction.shape[:1])[:, None]
    dprediction = weight * (prediction - target)  # [SE-2]
    return dprediction, -dprediction  # [SE-3]
