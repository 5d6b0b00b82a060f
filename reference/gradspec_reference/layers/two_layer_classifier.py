"""two_layer_classifier: affine, relu, affine, softmax_cross_entropy (spec/layers/two_layer_classifier.md)."""

from ..numbers.operations import Array
from . import chain, softmax_cross_entropy


def forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, labels: Array, *, reduction: str
) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``probabilities`` (N, C)."""
    logits, _ = chain.forward(x, [(w1, b1), (w2, b2)], rectified=True)  # [TC-1]
    return softmax_cross_entropy.forward(logits, labels, reduction=reduction)  # [TC-2]


def backward(
    dloss: Array, x: Array, w1: Array, b1: Array, w2: Array, b2: Array, labels: Array, *, reduction: str
) -> tuple[Array, ...]:
    """Return ``dx`` (N, D), ``dw1`` (D, H), ``db1`` (H,), ``dw2`` (H, C), ``db2`` (C,)."""
    logits, trace = chain.forward(x, [(w1, b1), (w2, b2)], rectified=True)
    (dlogits,) = softmax_cross_entropy.backward(dloss, logits, labels, reduction=reduction)  # [TC-3]
    return chain.backward(dlogits, trace, rectified=True)  # [TC-4, TC-5, TC-6]
