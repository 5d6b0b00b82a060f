"""squared_error: half the squared distance of prediction and target (spec/layers/squared_error.md)."""

import numpy as np

from ..numbers.operations import Array, allowed, mean
from . import reductions


def forward(prediction: Array, target: Array, *, reduction: str) -> Array:
    """Return ``loss`` (N,) or () for ``prediction`` and ``target`` (N, C)."""
    residual = prediction - target
    squares = residual * residual

    def example_by_example(squares: Array) -> Array:
        return np.asarray(reductions.reduce(squares.sum(axis=1) / 2, reduction))  # [SE-1]

    def all_at_once(squares: Array) -> Array:
        halves = squares.reshape(-1) / 2
        return np.asarray(mean(halves, len(squares)) if reduction == "mean" and len(squares) else halves.sum())

    both = (example_by_example,) if reduction == "none" else (example_by_example, all_at_once)
    return allowed(squares, *both)


def backward(dloss: Array, prediction: Array, target: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return ``dprediction`` and ``dtarget`` (N, C) for ``dloss`` (N,) or ()."""
    weight = np.broadcast_to(reductions.spread(dloss, len(prediction), reduction), prediction.shape[:1])[:, None]
    dprediction = weight * (prediction - target)  # [SE-2]
    return dprediction, -dprediction  # [SE-3]
