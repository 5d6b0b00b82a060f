"""What the softmax knows of its rows beyond single numbers: for rounded numbers their bounds, for others nothing.

`row_bounds` has the bounds and the clauses; it is imported where rounded numbers come.
"""

from __future__ import annotations

from typing import Any

from .bounded import Bounded
from .operations import Array


def _are_rounded(x: Array) -> bool:
    return x.dtype == object and any(isinstance(element, Bounded) for element in x.flat)


def as_computed(logits: Array) -> Array:
    """Return logits without their errors, which become the drift of what follows [TO-X1]."""
    if not _are_rounded(logits):
        return logits
    from . import row_bounds

    return row_bounds.as_computed(logits)


def sway(probabilities: Array, logits: Array, picked: Any = ...) -> Array | None:
    """Bound how far the errors of `logits` move the logarithm of each probability; None if they do not [TO-X2]."""
    if not _are_rounded(logits):
        return None
    from . import row_bounds

    return row_bounds.sway(probabilities, logits, picked)


def moved(losses: Array, by: Array | None) -> Array:
    """Return losses with what the errors of the logits do to them, `by` [TO-X2]."""
    if by is None:
        return losses
    from . import row_bounds

    return row_bounds.moved(losses, by)


def between_zero_and_one(probabilities: Array, by: Array | None) -> Array:
    """Return probabilities with the errors of the logits, and with their bounds [TO-X2, TO-X3]."""
    if not _are_rounded(probabilities):
        return probabilities
    from . import row_bounds

    return row_bounds.between_zero_and_one(probabilities, by)


def rescaled(exponentials: Array, logits: Array) -> Array:
    """Return exponentials as they stand in a sum that was merged from blocks, in any tree [TO-X4]."""
    if not _are_rounded(logits):
        return exponentials
    from . import row_bounds

    return row_bounds.rescaled(exponentials, logits)


def through_two_layers(weights: Array, probabilities: Array) -> Array:
    """Return cotangents that were divided by safe probabilities and multiplied by them again [TO-X5]."""
    if not _are_rounded(probabilities):
        return weights
    from . import row_bounds

    return row_bounds.through_two_layers(weights, probabilities)
