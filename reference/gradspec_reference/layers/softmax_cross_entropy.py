"""softmax_cross_entropy: minus the log-probability of the label (spec/layers/softmax_cross_entropy.md)."""

import numpy as np

from ..numbers.operations import Array, allowed, safe
from ..numbers.rows import as_computed, moved, sway, through_two_layers
from . import reductions, softmax


def forward(logits: Array, labels: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``probabilities`` (N, C) for ``logits`` (N, C), ``labels`` (N,)."""
    picked = np.arange(len(labels)), labels
    p, own = softmax.forward(logits), as_computed(logits)
    losses = allowed(
        own,
        lambda z: -softmax.log_softmax(z)[picked],  # [SC-1]
        lambda z: -np.log(safe(softmax.distribution(z)[picked])),
    )
    return reductions.reduce(moved(losses, sway(p, own, picked)), reduction), p  # [SC-2]


def backward(dloss: Array, logits: Array, labels: Array, *, reduction: str) -> tuple[Array]:
    """Return ``dlogits`` (N, C) for ``dloss`` (N,) or ()."""
    examples = np.arange(len(labels))
    weight = np.broadcast_to(reductions.spread(dloss, len(labels), reduction), labels.shape)[:, None]

    def together(p: Array) -> Array:
        difference = p.copy()
        difference[examples, labels] -= 1
        return np.asarray(weight * difference)  # [SC-3]

    def apart(p: Array) -> Array:
        gradient = np.asarray(weight * p)
        gradient[examples, labels] -= weight[:, 0]
        return gradient

    def in_two_layers(p: Array) -> Array:
        recombined = through_two_layers(weight[:, 0], p[examples, labels])  # the loss's gradient times p
        gradient = np.asarray(recombined[:, None] * p)
        gradient[examples, labels] -= recombined
        return gradient

    return (allowed(softmax.forward(logits), together, apart, in_two_layers),)
