"""relu: the positive part (spec/layers/relu.md)."""

import numpy as np

from ..numbers.operations import Array, maximum


def forward(x: Array) -> Array:
    """Return ``y`` = max(``x``, 0), any shape."""
    return maximum(x, 0)  # [RE-1]


def backward(dy: Array, x: Array) -> tuple[Array]:
    """Return ``dx``: ``dy`` where ``x`` > 0, else 0; a selection, not a product, so no inf * 0."""
    return (np.where(x > 0, dy, 0),)  # [RE-2, RE-3, RE-4]
