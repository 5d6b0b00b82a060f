"""What people get wrong in log_loss."""

import numpy as np

from ..layers import log_loss
from ..layers.log_loss import backward, forward
from ..layers.reductions import reduce, spread
from ..numbers.operations import Array, maximum
from . import reductions as reduced
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
    Mistake("logarithm_forgotten", "The loss is the probability of the label itself: the logarithm, and its minus sign, are missing", "loss = -log(p[label])", ("LO-1",),
            instead(log_loss, forward=lambda p, labels, *, reduction: np.asarray(reduce(picked(p, labels), reduction)))),
    Mistake("sign_of_loss", "The loss is the logarithm of the probability without the minus sign", "loss = -log(p[label])", ("LO-1",),
            instead(log_loss, forward=lambda p, labels, *, reduction: -forward(p, labels, reduction=reduction))),
    Mistake("logarithm_to_base_2", "The logarithm is to base 2", "Use the natural logarithm", ("LO-1",),
            instead(log_loss, forward=lambda p, labels, *, reduction: np.asarray(reduce(-np.log(picked(p, labels)) / LN2, reduction)))),
    Mistake("epsilon_in_logarithm", "A small number (1e-8) was added inside the logarithm, which hides what a vanishing probability costs", "loss = -log(p[label]), infinite if the probability is 0", ("LO-1", "LO-3"),
            instead(log_loss, forward=lambda p, labels, *, reduction: np.asarray(reduce(-np.log(picked(p, labels) + 1e-8), reduction)))),
    Mistake("probabilities_clipped", "Probabilities below 1e-7 were raised to it", "Take the logarithm of the probability as it is", ("LO-1", "LO-3"),
            instead(log_loss, forward=lambda p, labels, *, reduction: forward(maximum(p, 1e-7), labels, reduction=reduction))),
    Mistake("probabilities_normalised_again", "The rows were made to sum to 1 before the logarithm", "Take the probabilities as they are: they need not sum to 1", ("LO-5",),
            instead(log_loss, forward=lambda p, labels, *, reduction: forward(p / p.sum(axis=1, keepdims=True), labels, reduction=reduction))),
    Mistake("labels_shifted", "The labels were taken to count from 1: each picks the class before its own, and 0 the last", "Labels count from 0", ("LO-1", "LO-I3"),
            instead(log_loss, forward=lambda p, labels, *, reduction: forward(p, labels - 1, reduction=reduction), backward=lambda d, p, labels, *, reduction: backward(d, p, labels - 1, reduction=reduction))),
    Mistake("label_of_first_example_for_all", "The first example's label was used for all examples", "Pick each example's own label", ("LO-1",),
            instead(log_loss, forward=lambda p, labels, *, reduction: forward(p, labels * 0 + labels[:1].sum(), reduction=reduction),
                    backward=lambda d, p, labels, *, reduction: backward(d, p, labels * 0 + labels[:1].sum(), reduction=reduction))),
    Mistake("gradient_in_every_class", "Every class has a gradient of -1/p, not the label's alone", "Leave the gradient 0 but at the label", ("LO-2",), instead(log_loss, backward=everywhere)),
    Mistake("gradient_of_logits", "The gradient is p minus the one-hot label: that for the logits of a softmax before the loss", "Divide by the probability: -1/p at the label", ("LO-2",),
            instead(log_loss, backward=as_of_logits)),
    Mistake("gradient_not_divided", "The gradient at the label is -1 in place of -1/p", "Divide by the probability of the label", ("LO-2",),
            instead(log_loss, backward=lambda d, p, labels, *, reduction: backward(d, p * 0 + 1, labels, reduction=reduction))),
    Mistake("divided_by_classes_too", "The mean was taken over all elements: it divides by the number of classes C as well", "Divide by the number of examples N alone", ("CO-R3", "LO-1"),
            instead(log_loss, forward=lambda p, labels, *, reduction: np.asarray(forward(p, labels, reduction=reduction) / (p.shape[1] if reduction == "mean" else 1)),
                    backward=lambda d, p, labels, *, reduction: backward(d / (p.shape[1] if reduction == "mean" else 1), p, labels, reduction=reduction))),
    *inherited(reduced.MISTAKES, loss_not_averaged="LO-1", loss_averaged_for_sum="LO-1", division_by_n_forgotten="LO-2", division_by_n_twice="LO-2", division_by_n_for_sum="LO-2",
               cotangent_ignored="LO-2", cotangent_of_first_example_for_all="LO-2", sign_of_gradient="LO-2"),
    layout_ignored("LO-1"),
    single_precision("log_loss", "LO-1"),
    clipped("log_loss", "LO-2"),
]  # fmt: skip
