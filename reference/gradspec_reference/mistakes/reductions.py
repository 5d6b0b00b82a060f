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
    Mistake("loss_not_averaged", "The loss is the sum over the examples where their mean is asked for", "Divide by the number of examples N", ("CO-R3",),
            instead(reductions, reduce=lambda losses, reduction: reduce(losses, "sum" if reduction == "mean" and len(losses) else reduction))),
    Mistake("loss_averaged_for_sum", "The loss is the mean over the examples where their sum is asked for", "Do not divide where reduction is sum", ("CO-R2",),
            instead(reductions, reduce=lambda losses, reduction: reduce(losses, "mean" if reduction == "sum" and len(losses) else reduction))),
    Mistake("mean_of_nothing_zero", "The mean over no examples came out as 0", "0 / 0 is NaN: leave it", ("CO-R3",),
            instead(reductions, reduce=lambda losses, reduction: reduce(losses, "sum" if reduction == "mean" and not len(losses) else reduction))),
    Mistake("loss_without_last_example", "The last of an odd number of examples is missing from the loss, as in a loop over pairs", "Add the losses of all examples", ("CO-R2", "CO-R3"),
            instead(reductions, reduce=lambda losses, reduction: reduce(losses if reduction == "none" else losses[: len(losses) - len(losses) % 2], reduction))),
    Mistake("division_by_n_forgotten", "The gradients were not divided by the number of examples N, although the loss is a mean", "Multiply the cotangent of the mean by 1/N on its way to each example", ("CO-R4",),
            instead(reductions, spread=lambda dloss, n, reduction: spread(dloss, n, "sum" if reduction == "mean" else reduction))),
    Mistake("division_by_n_twice", "The gradients were divided by the number of examples N twice", "Divide by N once", ("CO-R4",),
            instead(reductions, spread=lambda dloss, n, reduction: spread(spread(dloss, n, reduction), n, reduction))),
    Mistake("division_by_n_for_sum", "The gradients were divided by the number of examples N although the losses are summed", "Divide by N for the mean only", ("CO-R4",),
            instead(reductions, spread=lambda dloss, n, reduction: spread(dloss, n, "mean" if reduction == "sum" else reduction))),
    Mistake("cotangent_ignored", "The cotangent of the loss was taken for 1", "Multiply every gradient by the cotangent of the loss", ("CO-G1",),
            instead(reductions, spread=lambda dloss, n, reduction: spread(dloss * 0 + 1, n, reduction))),
    Mistake("cotangent_of_first_example_for_all", "The cotangent of the first example's loss was used for all examples", "Give each example the cotangent of its own loss", ("CO-R4",),
            instead(reductions, spread=first_for_all)),
    Mistake("cotangent_squared", "The cotangent of the loss was multiplied in twice", "Multiply by the cotangent once", ("CO-G1",),
            instead(reductions, spread=lambda dloss, n, reduction: spread(dloss * dloss, n, reduction))),
    Mistake("sign_of_gradient", "All gradients have the opposite sign, as if the step of a descent had been taken already", "Return the gradient, not the step", ("CO-G1",),
            instead(reductions, spread=lambda dloss, n, reduction: spread(-dloss, n, reduction))),
]  # fmt: skip
