"""linear_classifier: affine, softmax_cross_entropy (spec/layers/linear_classifier.md)."""

from ..numbers.operations import Array
from . import chain, softmax_cross_entropy


def forward(x: Array, w: Array, b: Array, labels: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``probabilities`` (N, C)."""
    logits, _ = chain.forward(x, [(w, b)], rectified=False)  # [LC-1]
    return softmax_cross_entropy.forward(logits, labels, reduction=reduction)  # [LC-2]


def backward(dloss: Array, x: Array, w: Array, b: Array, labels: Array, *, reduction: str) -> tuple[Array, ...]:
    """Return ``dx`` (N, D), ``dw`` (D, C), ``db`` (C,)."""
    logits, trace = chain.forward(x, [(w, b)], rectified=False)
    (dlogits,) = softmax_cross_entropy.backward(dloss, logits, labels, reduction=reduction)  # [LC-3]
    return chain.backward(dlogits, trace, rectified=False)  # [LC-4]
