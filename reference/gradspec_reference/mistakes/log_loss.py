"""What people get wrong in log_loss."""

import numpy as np

from ..layers import log_loss
from ..layers.log_loss import backward, forward
from ..layers.reductions import reduce, spread
from ..numbers.operations import Array, maximum
from . import reductions
from .common import clipped, layout_ignored, single_precision
from .mistake import Mistake, inherited, instead
from .softmax import LN2


def picked(p: Array, labels: Array) -> Array:
    """Return each example's probability of its label."""
    return np.asarray(p[np.arange(len(labels)), labels])


def everywhere(dloss: Array, p: Array, labels: Array, *, reduction: str) -> tuple[Array]:
    """Differentiate as if every class were the label."""
    weight = np.broadcast_to(spread(dloss, len(labels), reduction), labels.shape)
    return (-(weight[:, None] / p),)


def as_of_logits(dloss: Array, p: Array, labels: Array, *, reduction: str) -> tuple[Array]:
    """Return the gradient for logits that do not exist here."""
    gradient = p.copy()
    gradient[np.arange(len(labels)), labels] -= 1
    return (np.broadcast_to(spread(dloss, len(labels), reduction), labels.shape)[:, None] * gradient,)


MISTAKES = [
    Mistake(
        "logarithm_forgotten",
        what="The loss is the probability of the label itself: the logarithm, and its minus sign, are missing",
        remedy="loss = -log(p[label])",
        clauses=("LO-1",),
        replaced=instead(
            log_loss, forward=lambda p, labels, *, reduction: np.asarray(reduce(picked(p, labels), reduction))
        ),
    ),
    Mistake(
        "sign_of_loss",
        what="The loss is the logarithm of the probability without the minus sign",
        remedy="loss = -log(p[label])",
        clauses=("LO-1",),
        replaced=instead(log_loss, forward=lambda p, labels, *, reduction: -forward(p, labels, reduction=reduction)),
    ),
    Mistake(
        "logarithm_to_base_2",
        what="The logarithm is to base 2",
        remedy="Use the natural logarithm",
        clauses=("LO-1",),
        replaced=instead(
            log_loss,
            forward=lambda p, labels, *, reduction: np.asarray(reduce(-np.log(picked(p, labels)) / LN2, reduction)),
        ),
    ),
    Mistake(
        "epsilon_in_logarithm",
        what="A small number (1e-8) was added inside the logarithm, which hides what a vanishing probability costs",
        remedy="loss = -log(p[label]), infinite if the probability is 0",
        clauses=("LO-1", "LO-3"),
        replaced=instead(
            log_loss,
            forward=lambda p, labels, *, reduction: np.asarray(reduce(-np.log(picked(p, labels) + 1e-8), reduction)),
        ),
    ),
    Mistake(
        "probabilities_clipped",
        what="Probabilities below 1e-7 were raised to it",
        remedy="Take the logarithm of the probability as it is",
        clauses=("LO-1", "LO-3"),
        replaced=instead(
            log_loss, forward=lambda p, labels, *, reduction: forward(maximum(p, 1e-7), labels, reduction=reduction)
        ),
    ),
    Mistake(
        "probabilities_normalised_again",
        what="The rows were made to sum to 1 before the logarithm",
        remedy="Take the probabilities as they are: they need not sum to 1",
        clauses=("LO-5",),
        replaced=instead(
            log_loss,
            forward=lambda p, labels, *, reduction: forward(
                p / p.sum(axis=1, keepdims=True), labels, reduction=reduction
            ),
        ),
    ),
    Mistake(
        "labels_shifted",
        what="The labels were taken to count from 1: each picks the class before its own, and 0 the last",
        remedy="Labels count from 0",
        clauses=("LO-1", "LO-I3"),
        replaced=instead(
            log_loss,
            forward=lambda p, labels, *, reduction: forward(p, labels - 1, reduction=reduction),
            backward=lambda d, p, labels, *, reduction: backward(d, p, labels - 1, reduction=reduction),
        ),
    ),
    Mistake(
        "label_of_first_example_for_all",
        what="The first example's label was used for all examples",
        remedy="Pick each example's own label",
        clauses=("LO-1",),
        replaced=instead(
            log_loss,
            forward=lambda p, labels, *, reduction: forward(p, labels * 0 + labels[:1].sum(), reduction=reduction),
            backward=lambda d, p, labels, *, reduction: backward(
                d, p, labels * 0 + labels[:1].sum(), reduction=reduction
            ),
        ),
    ),
    Mistake(
        "gradient_in_every_class",
        what="Every class has a gradient of -1/p, not the label's alone",
        remedy="Leave the gradient 0 but at the label",
        clauses=("LO-2",),
        replaced=instead(log_loss, backward=everywhere),
    ),
    Mistake(
        "gradient_of_logits",
        what="The gradient is p minus the one-hot label: that for the logits of a softmax before the loss",
        remedy="Divide by the probability: -1/p at the label",
        clauses=("LO-2",),
        replaced=instead(log_loss, backward=as_of_logits),
    ),
    Mistake(
        "gradient_not_divided",
        what="The gradient at the label is -1 in place of -1/p",
        remedy="Divide by the probability of the label",
        clauses=("LO-2",),
        replaced=instead(
            log_loss, backward=lambda d, p, labels, *, reduction: backward(d, p * 0 + 1, labels, reduction=reduction)
        ),
    ),
    Mistake(
        "divided_by_classes_too",
        what="The mean was taken over all elements: it divides by the number of classes C as well",
        remedy="Divide by the number of examples N alone",
        clauses=("CO-R3", "LO-1"),
        replaced=instead(
            log_loss,
            forward=lambda p, labels, *, reduction: np.asarray(
                forward(p, labels, reduction=reduction) / (p.shape[1] if reduction == "mean" else 1)
            ),
            backward=lambda d, p, labels, *, reduction: backward(
                d / (p.shape[1] if reduction == "mean" else 1), p, labels, reduction=reduction
            ),
        ),
    ),
    *inherited(
        reductions.MISTAKES,
        loss_not_averaged="LO-1",
        loss_averaged_for_sum="LO-1",
        division_by_n_forgotten="LO-2",
        division_by_n_twice="LO-2",
        division_by_n_for_sum="LO-2",
        cotangent_ignored="LO-2",
        cotangent_of_first_example_for_all="LO-2",
        sign_of_gradient="LO-2",
    ),
    layout_ignored("LO-1"),
    single_precision("log_loss", "LO-1"),
    clipped("log_loss", "LO-2"),
]
