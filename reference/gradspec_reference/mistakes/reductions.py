"""What people get wrong between the losses of N examples and the one loss, and on the way back."""

import numpy as np

from ..layers import reductions
from ..layers.reductions import reduce, spread
from ..numbers.operations import Array
from .mistake import Mistake, instead


def first_for_all(dloss: Array, examples: int, reduction: str) -> Array:
    """Take the first example's cotangent for everybody's."""
    right = spread(dloss, examples, reduction)
    return np.broadcast_to(right.reshape(-1)[:1], (examples,)) if right.ndim and examples else right


# Each loss adds its own clause.
MISTAKES = [
    Mistake(
        "loss_not_averaged",
        what="The loss is the sum over the examples where their mean is asked for",
        remedy="Divide by the number of examples N",
        clauses=("CO-R3",),
        replaced=instead(
            reductions,
            reduce=lambda losses, reduction: reduce(
                losses, "sum" if reduction == "mean" and len(losses) else reduction
            ),
        ),
    ),
    Mistake(
        "loss_averaged_for_sum",
        what="The loss is the mean over the examples where their sum is asked for",
        remedy="Do not divide where reduction is sum",
        clauses=("CO-R2",),
        replaced=instead(
            reductions,
            reduce=lambda losses, reduction: reduce(
                losses, "mean" if reduction == "sum" and len(losses) else reduction
            ),
        ),
    ),
    Mistake(
        "mean_of_nothing_zero",
        what="The mean over no examples came out as 0",
        remedy="0 / 0 is NaN: leave it",
        clauses=("CO-R3",),
        replaced=instead(
            reductions,
            reduce=lambda losses, reduction: reduce(
                losses, "sum" if reduction == "mean" and not len(losses) else reduction
            ),
        ),
    ),
    Mistake(
        "loss_without_last_example",
        what="The last of an odd number of examples is missing from the loss, as in a loop over pairs",
        remedy="Add the losses of all examples",
        clauses=("CO-R2", "CO-R3"),
        replaced=instead(
            reductions,
            reduce=lambda losses, reduction: reduce(
                losses if reduction == "none" else losses[: len(losses) - len(losses) % 2], reduction
            ),
        ),
    ),
    Mistake(
        "division_by_n_forgotten",
        what="The gradients were not divided by the number of examples N, although the loss is a mean",
        remedy="Multiply the cotangent of the mean by 1/N on its way to each example",
        clauses=("CO-R4",),
        replaced=instead(
            reductions, spread=lambda dloss, n, reduction: spread(dloss, n, "sum" if reduction == "mean" else reduction)
        ),
    ),
    Mistake(
        "division_by_n_twice",
        what="The gradients were divided by the number of examples N twice",
        remedy="Divide by N once",
        clauses=("CO-R4",),
        replaced=instead(
            reductions, spread=lambda dloss, n, reduction: spread(spread(dloss, n, reduction), n, reduction)
        ),
    ),
    Mistake(
        "division_by_n_for_sum",
        what="The gradients were divided by the number of examples N although the losses are summed",
        remedy="Divide by N for the mean only",
        clauses=("CO-R4",),
        replaced=instead(
            reductions, spread=lambda dloss, n, reduction: spread(dloss, n, "mean" if reduction == "sum" else reduction)
        ),
    ),
    Mistake(
        "cotangent_ignored",
        what="The cotangent of the loss was taken for 1",
        remedy="Multiply every gradient by the cotangent of the loss",
        clauses=("CO-G1",),
        replaced=instead(reductions, spread=lambda dloss, n, reduction: spread(dloss * 0 + 1, n, reduction)),
    ),
    Mistake(
        "cotangent_of_first_example_for_all",
        what="The cotangent of the first example's loss was used for all examples",
        remedy="Give each example the cotangent of its own loss",
        clauses=("CO-R4",),
        replaced=instead(reductions, spread=first_for_all),
    ),
    Mistake(
        "cotangent_squared",
        what="The cotangent of the loss was multiplied in twice",
        remedy="Multiply by the cotangent once",
        clauses=("CO-G1",),
        replaced=instead(reductions, spread=lambda dloss, n, reduction: spread(dloss * dloss, n, reduction)),
    ),
    Mistake(
        "sign_of_gradient",
        what="All gradients have the opposite sign, as if the step of a descent had been taken already",
        remedy="Return the gradient, not the step",
        clauses=("CO-G1",),
        replaced=instead(reductions, spread=lambda dloss, n, reduction: spread(-dloss, n, reduction)),
    ),
]
