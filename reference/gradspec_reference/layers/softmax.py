"""softmax: each row of logits made a probability distribution (spec/layers/softmax.md)."""

import numpy as np

from ..numbers.operations import Array, allowed, maximum, row_maximum, safe


def forward(logits: Array) -> Array:
    """Return ``probabilities`` (N, C) for ``logits`` (N, C)."""
    return allowed(logits, shifted, through_logarithm, online, unshifted)  # [SM-1]


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
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def log_softmax(logits: Array) -> Array:
    """Return the logarithms of the probabilities, which stay finite where these underflow."""
    z = logits - row_maximum(logits)
    return np.asarray(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))


def through_logarithm(logits: Array) -> Array:
    """Return the probabilities as exponentials of `log_softmax`."""
    return np.exp(log_softmax(logits))


def online(logits: Array) -> Array:
    """Return the probabilities from one pass over the classes that rescales its sum at each new maximum."""
    top, total = logits[:, :1], np.ones_like(logits[:, :1])
    for j in range(1, logits.shape[1]):
        previous, top = top, maximum(top, logits[:, j : j + 1])
        total = total * np.exp(previous - top) + np.exp(logits[:, j : j + 1] - top)
    return np.asarray(np.exp(logits - top) / total)


def unshifted(logits: Array) -> Array:
    """Return the probabilities without a shift, admitted where no exponential overflows or underflows."""
    exponentials = safe(np.exp(logits))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
