"""What people get wrong in squared_error."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers import squared_error
from ..layers.reductions import reduce, spread
from ..layers.squared_error import backward, forward
from ..numbers.operations import Array
from . import reductions
from .common import clipped, layout_ignored, single_precision
from .mistake import Mistake, inherited, instead


def losing(loss_of: Callable[..., Array]) -> Callable[..., Any]:
    """Return a forward whose losses come from `loss_of`, given prediction and target."""

    def wrong(f: Array, y: Array, *, reduction: str) -> Array:
        return np.asarray(reduce(loss_of(f, y), reduction))

    return wrong


def scaled(gradient: float) -> Callable[..., Any]:
    """Return a backward whose gradients are multiplied by a number."""
    return lambda d, f, y, *, reduction: backward(d * gradient, f, y, reduction=reduction)


def of_every_pair(f: Array, y: Array) -> Array:
    """Return what broadcasting (N, 1) against (N,) makes of the residuals: (N, N), or (N, C) where C is not 1."""
    return np.asarray(f - y.reshape(1, -1) if f.shape[1:] == (1,) else f - y)


def broadcast_back(dloss: Array, f: Array, y: Array, *, reduction: str) -> tuple[Array, Array]:
    """Differentiate the loss of every pair."""
    residuals = of_every_pair(f, y)
    if residuals.shape == f.shape:
        return backward(dloss, f, y, reduction=reduction)
    weighted = np.broadcast_to(spread(dloss, len(f), reduction), (len(f),))[:, None] * residuals
    return weighted.sum(axis=1).reshape(f.shape), -weighted.sum(axis=0).reshape(y.shape)


def components(f: Array, reduction: str) -> float:
    """Return the number of components, where a mean divides by it."""
    return max(f.shape[1], 1) if reduction == "mean" else 1


MISTAKES = [
    Mistake(
        "half_missing",
        what="The loss lacks its factor 1/2: it is twice as large, and its gradient is not the one returned",
        remedy="loss = sum of squared residuals / 2",
        clauses=("SE-1",),
        replaced=instead(squared_error, forward=losing(lambda f, y: ((f - y) * (f - y)).sum(axis=1))),
    ),
    Mistake(
        "gradient_doubled",
        what="The gradient has a factor 2: that of a loss without the factor 1/2",
        remedy="dprediction = w * (prediction - target)",
        clauses=("SE-2", "SE-3"),
        replaced=instead(squared_error, backward=scaled(2.0)),
    ),
    Mistake(
        "gradient_halved",
        what="The gradient has a factor 1/2 that the derivative of the square cancels",
        remedy="dprediction = w * (prediction - target)",
        clauses=("SE-2", "SE-3"),
        replaced=instead(squared_error, backward=scaled(0.5)),
    ),
    Mistake(
        "residual_reversed",
        what="The residual is target - prediction in the gradients, so that both have the opposite sign",
        remedy="dprediction = w * (prediction - target)",
        clauses=("SE-2", "SE-3"),
        replaced=instead(squared_error, backward=lambda d, f, y, *, reduction: backward(d, y, f, reduction=reduction)),
    ),
    Mistake(
        "sign_of_target_gradient",
        what="The gradient of the target has the sign of the prediction's",
        remedy="dtarget = -dprediction",
        clauses=("SE-3",),
        replaced=instead(
            squared_error, backward=lambda d, f, y, *, reduction: backward(d, f, y, reduction=reduction)[:1] * 2
        ),
    ),
    Mistake(
        "target_taken_for_constant",
        what="The gradient of the target is zero, as if the target were a constant",
        remedy="dtarget = -dprediction",
        clauses=("SE-3",),
        replaced=instead(
            squared_error, backward=lambda d, f, y, *, reduction: (backward(d, f, y, reduction=reduction)[0], y * 0)
        ),
    ),
    Mistake(
        "divided_by_components_too",
        what="The mean was taken over all elements: it divides by the number of components C as well",
        remedy="Divide by the number of examples N alone",
        clauses=("SE-1", "CO-R3", "CO-R4"),
        replaced=instead(
            squared_error,
            forward=lambda f, y, *, reduction: np.asarray(
                forward(f, y, reduction=reduction) / components(f, reduction)
            ),
            backward=lambda d, f, y, *, reduction: backward(d / components(f, reduction), f, y, reduction=reduction),
        ),
    ),
    Mistake(
        "absolute_error",
        what="The loss adds absolute residuals: the square is missing",
        remedy="loss = sum of squared residuals / 2",
        clauses=("SE-1",),
        replaced=instead(squared_error, forward=losing(lambda f, y: abs(f - y).sum(axis=1) / 2)),
    ),
    Mistake(
        "square_of_sum",
        what="The residuals of an example were added before they were squared",
        remedy="Square each component's residual, then add",
        clauses=("SE-1",),
        replaced=instead(squared_error, forward=losing(lambda f, y: (f - y).sum(axis=1) * (f - y).sum(axis=1) / 2)),
    ),
    Mistake(
        "square_expanded",
        what="The square was expanded into f f - 2 f y + y y, which cancels where prediction and target are close",
        remedy="Subtract first, then square",
        clauses=("SE-1",),
        replaced=instead(squared_error, forward=losing(lambda f, y: (f * f - 2.0 * (y * f) + y * y).sum(axis=1) / 2)),
    ),
    Mistake(
        "column_broadcast_against_vector",
        what="A target of shape (N,) was subtracted from a prediction of shape (N, 1), which broadcasts to (N, N)",
        remedy="Give both the same shape before subtracting",
        clauses=("SE-1", "SE-I1"),
        replaced=instead(
            squared_error,
            forward=losing(lambda f, y: (of_every_pair(f, y) * of_every_pair(f, y)).sum(axis=1) / 2),
            backward=broadcast_back,
        ),
    ),
    Mistake(
        "target_not_subtracted",
        what="The gradient is the prediction: the target was not subtracted",
        remedy="dprediction = w * (prediction - target)",
        clauses=("SE-2",),
        replaced=instead(
            squared_error, backward=lambda d, f, y, *, reduction: backward(d, f, y * 0, reduction=reduction)
        ),
    ),
    *inherited(
        reductions.MISTAKES,
        loss_not_averaged="SE-1",
        loss_averaged_for_sum="SE-1",
        mean_of_nothing_zero="SE-1",
        division_by_n_forgotten="SE-2",
        division_by_n_twice="SE-2",
        division_by_n_for_sum="SE-2",
        cotangent_ignored="SE-2",
        cotangent_of_first_example_for_all="SE-2",
    ),
    layout_ignored("SE-1"),
    single_precision("squared_error", "SE-1"),
    clipped("squared_error", "SE-2"),
]
