"""three_layer_classifier: two hidden layers, softmax_cross_entropy (spec/layers/three_layer_classifier.md)."""

from ..numbers.operations import Array
from . import chain, softmax_cross_entropy


def forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array, labels: Array, *, reduction: str
) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``probabilities`` (N, C)."""
    logits, _ = chain.forward(x, [(w1, b1), (w2, b2), (w3, b3)], rectified=True)  # [HC-1]
    return softmax_cross_entropy.forward(logits, labels, reduction=reduction)  # [HC-2]


def backward(
    dloss: Array,
    x: Array,
    w1: Array,
    b1: Array,
    w2: Array,
    b2: Array,
    w3: Array,
    b3: Array,
    labels: Array,
    *,
    reduction: str,
) -> tuple[Array, ...]:
    """Return the gradients of x and of each layer's weights and bias, in their shapes."""
    logits, trace = chain.forward(x, [(w1, b1), (w2, b2), (w3, b3)], rectified=True)
    (dlogits,) = softmax_cross_entropy.backward(dloss, logits, labels, reduction=reduction)  # [HC-3]
    return chain.backward(dlogits, trace, rectified=True)  # [HC-4, HC-5, HC-6]
