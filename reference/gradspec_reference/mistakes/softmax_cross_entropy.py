"""What people get wrong in softmax_cross_entropy."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers import softmax, softmax_cross_entropy
from ..layers.reductions import reduce, spread
from ..layers.softmax_cross_entropy import backward, forward
from ..numbers.operations import Array, row_maximum
from . import reductions
from . import softmax as softmax_mistakes
from .common import clipped, is_square, layout_ignored, single_precision
from .log_loss import picked
from .mistake import Mistake, inherited, instead
from .softmax import LN2, nothing


def losing(loss_of: Callable[..., Array]) -> Callable[..., Any]:
    """Return a forward whose losses come from `loss_of`, given logits and labels, and whose probabilities are right."""

    def wrong(logits: Array, labels: Array, *, reduction: str) -> tuple[Array, Array]:
        return reduce(loss_of(logits, labels), reduction), softmax.forward(logits)

    return wrong


def log_total(logits: Array) -> Array:
    """Return the logarithm of the sum of shifted exponentials, (N, 1)."""
    return np.asarray(np.log(np.exp(logits - row_maximum(logits)).sum(axis=1, keepdims=True)))


def late(logits: Array, labels: Array) -> Array:
    """Subtract the logit from a large number that holds the maximum."""
    return picked(-(logits - (row_maximum(logits) + log_total(logits))), labels)


def aliased(logits: Array, labels: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return the probabilities after the gradient was written into them."""
    loss, p = forward(logits, labels, reduction=reduction)
    p = p.copy()
    p[np.arange(len(labels)), labels] -= 1
    return loss, p


def weight_of(dloss: Array, labels: Array, reduction: str) -> Array:
    """Return the cotangents of the examples' losses, (N, 1)."""
    return np.broadcast_to(spread(dloss, len(labels), reduction), labels.shape)[:, None]


def transposed_onehot(dloss: Array, logits: Array, labels: Array, *, reduction: str) -> tuple[Array]:
    """Subtract 1 at (label, example)."""
    if not is_square(logits):
        return backward(dloss, logits, labels, reduction=reduction)
    difference = softmax.forward(logits).copy()
    difference[labels, np.arange(len(labels))] -= 1
    return (weight_of(dloss, labels, reduction) * difference,)


def relabelled(change: Callable[[Array], Array]) -> Any:
    """Return the replacement of both functions by ones that see other labels."""
    return instead(
        softmax_cross_entropy,
        forward=lambda z, labels, *, reduction: forward(z, change(labels), reduction=reduction),
        backward=lambda d, z, labels, *, reduction: backward(d, z, change(labels), reduction=reduction),
    )


def over_classes(d: Array, z: Array, reduction: str) -> Array:
    """Divide by C in place of N."""
    return np.asarray(d * len(z) / z.shape[1] if reduction == "mean" else d)


def forward_over_classes(z: Array, labels: Array, *, reduction: str) -> tuple[Array, Array]:
    """Return the loss divided by C, and the probabilities."""
    loss, p = forward(z, labels, reduction=reduction)
    return over_classes(loss, z, reduction), p


NOT_SHIFTED = (
    "The exponentials were taken of the logits as they are, so that large logits overflow and very negative ones vanish"
)
REMEDY = "dlogits = w * (p - onehot(label))"
MISTAKES = [
    Mistake(
        "onehot_not_subtracted",
        what="The gradient is the probabilities: 1 was not subtracted at the label",
        remedy=REMEDY,
        clauses=("SC-3",),
        replaced=instead(
            softmax_cross_entropy,
            backward=lambda d, z, labels, *, reduction: (weight_of(d, labels, reduction) * softmax.forward(z),),
        ),
    ),
    Mistake(
        "onehot_transposed",
        what=(
            "1 was subtracted at row label and column example, which no shape "
            "forbids if there are as many examples as classes"
        ),
        remedy=REMEDY,
        clauses=("SC-3",),
        replaced=instead(softmax_cross_entropy, backward=transposed_onehot),
    ),
    Mistake(
        "gradient_written_into_probabilities",
        what=(
            "The gradient was computed in the memory of the probabilities, "
            "which came back with 1 subtracted at the label"
        ),
        remedy="Copy the probabilities before you subtract",
        clauses=("SC-2",),
        replaced=instead(softmax_cross_entropy, forward=aliased),
    ),
    Mistake(
        "labels_shifted",
        what="The labels were taken to count from 1: each picks the class before its own, and 0 the last",
        remedy="Labels count from 0",
        clauses=("SC-1", "SC-3", "SC-I3"),
        replaced=relabelled(lambda labels: labels - 1),
    ),
    Mistake(
        "label_of_first_example_for_all",
        what="The first example's label was used for all examples",
        remedy="Pick each example's own label",
        clauses=("SC-1", "SC-3"),
        replaced=relabelled(lambda labels: labels * 0 + labels[:1].sum()),
    ),
    Mistake(
        "logarithm_forgotten",
        what="The loss is the probability of the label itself: the logarithm, and its minus sign, are missing",
        remedy="loss = -log(p[label])",
        clauses=("SC-1",),
        replaced=instead(softmax_cross_entropy, forward=losing(lambda z, labels: picked(softmax.forward(z), labels))),
    ),
    Mistake(
        "sign_of_loss",
        what="The loss is the logarithm of the probability without the minus sign",
        remedy="loss = -log(p[label])",
        clauses=("SC-1",),
        replaced=instead(
            softmax_cross_entropy, forward=losing(lambda z, labels: picked(softmax.log_softmax(z), labels))
        ),
    ),
    Mistake(
        "logarithm_to_base_2",
        what="The logarithm of the loss is to base 2",
        remedy="Use the natural logarithm",
        clauses=("SC-1",),
        replaced=instead(
            softmax_cross_entropy, forward=losing(lambda z, labels: picked(-softmax.log_softmax(z) / LN2, labels))
        ),
    ),
    Mistake(
        "epsilon_in_logarithm",
        what="A small number (1e-8) was added inside the logarithm, which hides what a vanishing probability costs",
        remedy="Compute the loss from the logits: log(sum(exp(z - max))) - (z[label] - max)",
        clauses=("SC-1", "SC-4"),
        replaced=instead(
            softmax_cross_entropy, forward=losing(lambda z, labels: -np.log(picked(softmax.forward(z), labels) + 1e-8))
        ),
    ),
    Mistake(
        "logarithm_of_vanished_probability",
        what="The loss was computed from a probability that had underflowed",
        remedy="Compute the loss from the logits: log(sum(exp(z - max))) - (z[label] - max)",
        clauses=("SC-4",),
        replaced=instead(
            softmax_cross_entropy, forward=losing(lambda z, labels: -np.log(picked(softmax.forward(z), labels)))
        ),
    ),
    Mistake(
        "maximum_added_back",
        what=(
            "The maximum was added back before the logit was subtracted, so that a common offset of the logits "
            "eats the digits of the loss"
        ),
        remedy="Subtract the maximum from the logit first: log(sum(exp(z - max))) - (z[label] - max)",
        clauses=("SC-1", "TO-F4"),
        replaced=instead(softmax_cross_entropy, forward=losing(late)),
    ),
    Mistake(
        "softmax_applied_twice",
        what="The loss was computed from the softmax of the probabilities, as if these were logits",
        remedy="Give the loss the logits: it contains the softmax",
        clauses=("SC-1",),
        replaced=instead(
            softmax_cross_entropy,
            forward=losing(lambda z, labels: picked(-softmax.log_softmax(softmax.forward(z)), labels)),
        ),
    ),
    Mistake(
        "divided_by_classes",
        what="The mean divides by the number of classes C in place of the number of examples N",
        remedy="Divide by N",
        clauses=("CO-R3", "CO-R4", "SC-1"),
        replaced=instead(
            softmax_cross_entropy,
            forward=forward_over_classes,
            backward=lambda d, z, labels, *, reduction: backward(
                over_classes(d, z, reduction), z, labels, reduction=reduction
            ),
        ),
    ),
    Mistake(
        "exponentials_not_shifted",
        what=NOT_SHIFTED,
        remedy="Subtract each row's maximum from its logits before taking exponentials",
        clauses=("SC-4", "SM-3"),
        replaced=instead(softmax, row_maximum=nothing)
        + instead(softmax_cross_entropy, forward=losing(lambda z, labels: -np.log(picked(softmax.forward(z), labels)))),
    ),
    Mistake(
        "logarithm_of_sum_not_shifted",
        what="The loss is log(sum(exp(z))) - z[label], and the exponentials of large logits overflow",
        remedy="Subtract each row's maximum from its logits before taking exponentials",
        clauses=("SC-4", "TO-F4"),
        replaced=instead(softmax, row_maximum=nothing),
    ),
    *inherited(
        softmax_mistakes.MISTAKES,
        shifted_by_maximum_of_batch="SC-4",
        shifted_by_largest_magnitude="SC-4",
        normalised_over_wrong_axis="SC-2",
        epsilon_in_denominator="SC-2",
        exponential_of_low_accuracy="SC-2",
        powers_of_two="SC-2",
    ),
    *inherited(
        reductions.MISTAKES,
        loss_not_averaged="SC-1",
        loss_averaged_for_sum="SC-1",
        mean_of_nothing_zero="SC-1",
        loss_without_last_example="SC-1",
        division_by_n_forgotten="SC-3",
        division_by_n_twice="SC-3",
        division_by_n_for_sum="SC-3",
        cotangent_ignored="SC-3",
        cotangent_of_first_example_for_all="SC-3",
        cotangent_squared="SC-3",
        sign_of_gradient="SC-3",
    ),
    layout_ignored("SC-1"),
    single_precision("softmax_cross_entropy", "SC-1"),
    clipped("softmax_cross_entropy", "SC-3"),
]
