"""log_loss: minus the logarithm of the label's probability (spec/layers/log_loss.md)."""

import numpy as np

from ..numbers.operations import Array, allowed, safe
from . import reductions

LN2 = np.log(2.0)


def forward(probabilities: Array, labels: Array, *, reduction: str) -> Array:
    """Return ``loss`` (N,) or () for ``probabilities`` (N, C), ``labels`` (N,)."""
    losses = -np.log(probabilities[np.arange(len(labels)), labels])  # [LO-1, LO-3]
    return np.asarray(reductions.reduce(losses, reduction))


def backward(dloss: Array, probabilities: Array, labels: Array, *, reduction: str) -> tuple[Array]:
    """Return ``dprobabilities`` (N, C) for ``dloss`` (N,) or ()."""
    picked = np.arange(len(labels)), labels
    dprobabilities = np.zeros_like(probabilities)
    weight = np.broadcast_to(reductions.spread(dloss, len(labels), reduction), labels.shape)
    dprobabilities[picked] = allowed(
        probabilities[picked],
        lambda p: np.asarray(-(weight / p)),  # [LO-2, LO-4]
        lambda p: np.asarray(-(weight * LN2 / (safe(p) * LN2))),  # of a logarithm to base 2
    )
    return (dprobabilities,)
