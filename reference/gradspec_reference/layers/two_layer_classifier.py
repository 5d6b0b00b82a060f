"""two_layer_classifier: affine, relu, affine, softmax_cross_entropy (spec/layers/two_layer_classifier.md)."""

from ..numeric import Array
from . import affine, relu, softmax_cross_entropy


def forward(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, labels: Array, *, reduction: str
) -> tuple[Array, Array]:
    """Return ``loss`` (N,) or () and ``probabilities`` (N, C)."""
    hidden = relu.forward(affine.forward(x, w1, b1))  # [TC-1]
    return softmax_cross_entropy.forward(affine.forward(hidden, w2, b2), labels, reduction=reduction)  # [TC-2]


def backward(
    dloss: Array, x: Array, w1: Array, b1: Array, w2: Array, b2: Array, labels: Array, *, reduction: str
) -> tuple[Array, ...]:
    """Return ``dx`` (N, D), ``dw1`` (D, H), ``db1`` (H,), ``dw2`` (H, C), ``db2`` (C,)."""
    a = affine.forward(x, w1, b1)
    hidden = relu.forward(a)
    logits = affine.forward(hidden, w2, b2)
    (dlogits,) = softmax_cross_entropy.backward(dloss, logits, labels, reduction=reduction)  # [TC-3]
    dhidden, dw2, db2 = affine.backward(dlogits, hidden, w2, b2)  # [TC-4]
    (da,) = relu.backward(dhidden, a)  # [TC-5]
    return *affine.backward(da, x, w1, b1), dw2, db2  # [TC-6]
