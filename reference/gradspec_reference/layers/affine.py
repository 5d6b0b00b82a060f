"""affine: y = x w + b (spec/layers/affine.md)."""

from ..numeric import Array


def forward(x: Array, w: Array, b: Array) -> Array:
    """Return ``y`` (N, H) for ``x`` (N, D), ``w`` (D, H), ``b`` (H,)."""
    return x @ w + b  # [AF-1]


def backward(dy: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    """Return ``dx`` (N, D), ``dw`` (D, H), ``db`` (H,) for ``dy`` (N, H)."""
    return dy @ w.T, x.T @ dy, dy.sum(axis=0)  # [AF-2, AF-3, AF-4]
