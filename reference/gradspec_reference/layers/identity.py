"""identity: what comes in goes out, bit for bit (spec/layers/identity.md)."""

from ..numbers.operations import Array


def forward(x: Array) -> Array:
    """Return ``y`` = ``x``, any shape."""
    return x  # [ID-1]


def backward(dy: Array, x: Array) -> tuple[Array]:
    """Return ``dx`` = ``dy``, any shape."""
    return (dy,)  # [ID-2]
