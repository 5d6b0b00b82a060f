"""How the losses of N examples become one loss, and its cotangent theirs (spec/conventions.md, CO-R)."""

from typing import Any

import numpy as np

from ..numbers.operations import Array, mean


def reduce(losses: Array, reduction: str) -> Any:
    """Return the losses (N,) as they are for ``none``, or their ``sum`` or ``mean``."""
    if reduction == "none":
        return losses  # [CO-R1]
    return losses.sum() if reduction == "sum" else mean(losses)  # [CO-R2, CO-R3]


def spread(dloss: Array, examples: int, reduction: str) -> Array:
    """Return the cotangent of each example's loss: shape (N,) for ``none``, else () for all alike."""
    return np.asarray(dloss / examples) if reduction == "mean" and examples else dloss  # [CO-R4]
