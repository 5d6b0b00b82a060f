"""What the softmax knows of its rows beyond single numbers, for rounded numbers; for others these change nothing.

Logits are taken as they were computed: a softmax depends on their errors as its derivative says, which is less than
what its exponentials and their sum lose one by one [TO-X1, TO-X2].
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np

from .ball import UndecidedError
from .left_out import LEFT_OUT
from .model import ONE, ZERO
from .operations import Array
from .rounded import Rounded

RESCALING = 9  # roundings of one rescaling of a sum: an exponential, a product [TO-X4]
TWO_LAYERS = 5  # roundings of a cotangent that is divided by a probability and multiplied by it again [TO-X5]
ABOVE_ONE = 11  # how far a probability may lie above 1, in units of u [TO-X3]


def _are_rounded(x: Array) -> bool:
    return x.dtype == object and any(isinstance(element, Rounded) for element in x.flat)


def _each(function: Callable[..., Any], *arrays: Array) -> Array:
    return np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), dtype=object)


def as_computed(logits: Array) -> Array:
    """Return logits without their errors, which become the drift of what follows [TO-X1]."""
    if not _are_rounded(logits):
        return logits
    found: dict[int, Rounded] = {}  # one computed number stays one

    def own(x: Rounded) -> Rounded:
        if not x.is_exact() and x.value.is_finite():
            x = found.setdefault(id(x), Rounded(x.model, x.value, drift=x.error))
        return x

    settled = _each(lambda x: x.settle(), logits)
    return _each(own, settled)


def sway(probabilities: Array, logits: Array, picked: Any = ...) -> Array | None:
    """Bound how far the errors of `logits`, taken as computed, move the logarithm of each probability [TO-X2].

    None where they move none; else the bounds of all, or of those at the index `picked`.
    """
    if not _are_rounded(logits) or all(not x.drift > 0 for x in logits.flat):
        return None
    result = np.full(logits.shape, ZERO, dtype=object)
    for row, drifts, ps in zip(result, logits, probabilities, strict=True):
        finite = [j for j, x in enumerate(drifts) if x.value.is_finite() and ps[j].value.is_finite()]
        errors = {j: drifts[j].drift for j in finite}
        up = sum((ps[j].value * errors[j].exp() for j in finite), ZERO)
        down = sum((ps[j].value * (-errors[j]).exp() for j in finite), ZERO)
        for j in finite:
            p, e = ps[j].value, errors[j]
            falls = (p + e.exp() * (up - p * e.exp())).log()
            rises = -(p + (-e).exp() * (down - p * (-e).exp())).log()
            row[j] = falls.max(rises).max(ZERO)
            if not row[j].is_finite():
                raise UndecidedError("the errors of the logits leave a probability open")
    return np.asarray(result[picked])


def moved(losses: Array, by: Array | None) -> Array:
    """Return losses with what the errors of the logits do to them, `by` [TO-X2]."""
    if by is None:
        return losses

    def with_drift(x: Any, drift: Any) -> Any:
        return Rounded(x.model, x.value, x.error + drift) if isinstance(x, Rounded) and drift > 0 else x

    return _each(with_drift, losses, by)


def between_zero_and_one(probabilities: Array, by: Array | None) -> Array:
    """Return probabilities with the errors of the logits, and with their bounds [TO-X2, TO-X3]."""
    if not _are_rounded(probabilities):
        return probabilities

    def bounded(p: Rounded, by: Any) -> Rounded:
        p = p.settle()
        if p.is_exact() or not p.value.is_finite():
            return p
        most = ONE + ABOVE_ONE * p.model.u
        error = (p.error + p.value * (by.exp() - 1) if by > 0 else p.error).min(p.value.max(most - p.value))
        return Rounded(p.model, p.value, error, least=ZERO, most=most)

    return _each(bounded, probabilities, np.full(probabilities.shape, ZERO) if by is None else by)


def rescaled(exponentials: Array, logits: Array) -> Array:
    """Return exponentials as they stand in a sum that was merged from blocks, in any tree [TO-X4]."""
    if not _are_rounded(logits) or any(x.value.is_nan() for x in logits.flat):
        return exponentials
    result = exponentials.copy()
    for row, own in zip(result, logits, strict=True):
        highest = sorted((x.value + x.drift + x.error).upper() for x in own)
        for j, x in enumerate(own):
            lowest = (x.value - x.drift - x.error).lower()
            above = len(highest) - bisect.bisect_right(highest, lowest) - (0 if x.is_exact() else 1)
            row[j] = worn(row[j], RESCALING * above + 1) if above else row[j]
    return result


def through_two_layers(weights: Array, probabilities: Array) -> Array:
    """Return cotangents that were divided by safe probabilities and multiplied by them again [TO-X5]."""
    if not _are_rounded(probabilities):
        return weights

    def recombined(w: Any, p: Rounded) -> Any:
        p = p.settle()
        if p.is_exact() and p.value == ONE:
            return w
        if not isinstance(w, Rounded) or not p.value.is_finite() or not w.value.is_finite():
            return LEFT_OUT
        if not p.lowest() >= p.model.safe:
            return LEFT_OUT
        if not 2 * w.magnitude < p.lowest() * p.model.limit[w.scaled]:
            raise UndecidedError("the gradient of a log-loss may overflow where it is a layer of its own [TO-V1]")
        return worn(w, TWO_LAYERS)

    return _each(recombined, weights, probabilities)


def worn(x: Rounded, roundings: int) -> Rounded:
    """Return a number after so many more roundings."""
    x = x.settle()
    if x.is_zero() or not x.value.is_finite():
        return x
    gamma = x.model.gamma(roundings)
    error = x.error * (1 + gamma) + x.reach() * gamma + 4 * x.model.eta[x.scaled]
    return Rounded(x.model, x.value, error, drift=x.drift, scaled=x.scaled)
