"""softmax: each row of logits made a probability distribution (spec/layers/softmax.md)."""

import numpy as np

from ..numbers.operations import Array, allowed, row_maximum, safe
from ..numbers.rows import as_computed, between_zero_and_one, rescaled, sway


def forward(logits: Array) -> Array:
    """Return ``probabilities`` (N, C) for ``logits`` (N, C)."""
    own = as_computed(logits)
    p = distribution(own)
    return between_zero_and_one(p, sway(p, own))


def distribution(logits: Array) -> Array:
    """Return the probabilities, computed in every allowed way."""
    return allowed(logits, shifted, through_logarithm, unshifted)  # [SM-1]


def backward(dprobabilities: Array, logits: Array) -> tuple[Array]:
    """Return ``dlogits`` (N, C) for ``dprobabilities`` (N, C)."""
    d = dprobabilities

    def together(p: Array) -> Array:
        return np.asarray(p * (d - (d * p).sum(axis=1, keepdims=True)))  # [SM-2]

    def apart(p: Array) -> Array:
        return np.asarray(d * p - p * (d * p).sum(axis=1, keepdims=True))

    def through_jacobian(p: Array) -> Array:
        outer = p[:, :, None] * p[:, None, :]
        jacobian = np.eye(p.shape[1], dtype=bool) * p[:, :, None] - outer
        return np.asarray((jacobian * d[:, None, :]).sum(axis=2))

    return (allowed(forward(logits), together, apart, through_jacobian),)


def shifted(logits: Array) -> Array:
    """Return the probabilities, the row's maximum subtracted first so that no exponential overflows."""
    exponentials = np.exp(logits - row_maximum(logits))
    return np.asarray(exponentials / rescaled(exponentials, logits).sum(axis=1, keepdims=True))


def log_softmax(logits: Array) -> Array:
    """Return the logarithms of the probabilities, which stay finite where these underflow."""
    z = logits - row_maximum(logits)
    return np.asarray(z - np.log(rescaled(np.exp(z), logits).sum(axis=1, keepdims=True)))


def through_logarithm(logits: Array) -> Array:
    """Return the probabilities as exponentials of `log_softmax`."""
    return np.exp(log_softmax(logits))


def unshifted(logits: Array) -> Array:
    """Return the probabilities without a shift, allowed where every exponential and their sum are safe."""
    exponentials = safe(logits, np.exp)
    return np.asarray(exponentials / safe(exponentials.sum(axis=1, keepdims=True)))
