"""matmul: the product of two matrices (spec/layers/matmul.md)."""

from ..numbers.operations import Array


def forward(a: Array, b: Array) -> Array:
    """Return ``y`` (M, P) for ``a`` (M, K), ``b`` (K, P)."""
    return a @ b  # [MM-1]


def backward(dy: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Return ``da`` (M, K), ``db`` (K, P) for ``dy`` (M, P)."""
    return dy @ b.T, a.T @ dy  # [MM-2, MM-3]
