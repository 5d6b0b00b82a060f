"""bias: one vector added to every row (spec/layers/bias.md)."""

from ..numbers.operations import Array


def forward(x: Array, b: Array) -> Array:
    """Return ``y`` (N, C) for ``x`` (N, C), ``b`` (C,)."""
    return x + b  # [BI-1]


def backward(dy: Array, x: Array, b: Array) -> tuple[Array, Array]:
    """Return ``dx`` (N, C), ``db`` (C,) for ``dy`` (N, C)."""
    return dy, dy.sum(axis=0)  # [BI-2, BI-3]
