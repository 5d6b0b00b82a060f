"""affine: y = x w + b, a matmul and a bias (spec/layers/affine.md)."""

from ..numbers.operations import Array
from . import bias, matmul


def forward(x: Array, w: Array, b: Array) -> Array:
    """Return ``y`` (N, H) for ``x`` (N, D), ``w`` (D, H), ``b`` (H,)."""
    return bias.forward(matmul.forward(x, w), b)  # [AF-1]


def backward(dy: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    """Return ``dx`` (N, D), ``dw`` (D, H), ``db`` (H,) for ``dy`` (N, H)."""
    dxw, db = bias.backward(dy, x, b)  # [AF-4]
    return *matmul.backward(dxw, x, w), db  # [AF-2, AF-3]
