"""What people get wrong in bias."""

import numpy as np

from ..layers import bias
from ..numbers.operations import Array
from .common import is_square, layout_ignored
from .mistake import Mistake, instead


def over_wrong_axis(dy: Array) -> Array:
    """Sum along the rows where no shape objects."""
    return np.asarray(dy.sum(axis=1 if is_square(dy) else 0))


MISTAKES = [
    Mistake(
        "bias_added_twice",
        what="The bias was added twice",
        remedy="Add the bias once",
        clauses=("BI-1",),
        replaced=instead(bias, forward=lambda x, b: x + b + b),
    ),
    Mistake(
        "bias_forgotten",
        what="The bias was not added",
        remedy="Add the bias to every row",
        clauses=("BI-1",),
        replaced=instead(bias, forward=lambda x, b: x),
    ),
    Mistake(
        "bias_added_down_the_rows",
        what=(
            "One element of the bias went to each row in place of each column, which no shape forbids if there "
            "are as many rows as columns"
        ),
        remedy="Add b[j] to x[i, j]",
        clauses=("BI-1",),
        replaced=instead(bias, forward=lambda x, b: x + (b[:, None] if is_square(x) else b)),
    ),
    Mistake(
        "bias_gradient_of_last_row",
        what="The bias gradient is that of the last row alone: each row overwrote the one before",
        remedy="Add the cotangents of all rows",
        clauses=("BI-3",),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, dy[-1] if len(dy) else dy.sum(axis=0))),
    ),
    Mistake(
        "bias_gradient_of_first_row",
        what="The bias gradient is that of the first row alone",
        remedy="Add the cotangents of all rows",
        clauses=("BI-3",),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, dy[0] if len(dy) else dy.sum(axis=0))),
    ),
    Mistake(
        "bias_gradient_averaged",
        what="The bias gradient was divided by the number of rows",
        remedy="Sum over the rows: a mean belongs to the loss, if anywhere",
        clauses=("BI-3",),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, dy.sum(axis=0) / max(len(dy), 1))),
    ),
    Mistake(
        "bias_gradient_over_wrong_axis",
        what=(
            "The bias gradient was summed over axis 1 of (N, C), the columns, which no shape forbids if there "
            "are as many rows as columns"
        ),
        remedy="Sum over axis 0, the rows",
        clauses=("BI-3",),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, over_wrong_axis(dy))),
    ),
    Mistake(
        "bias_gradient_without_last_row",
        what="The last row is missing from the bias gradient, as in a loop that ends one too early",
        remedy="Add the cotangents of all rows",
        clauses=("BI-3",),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, dy[:-1].sum(axis=0))),
    ),
    Mistake(
        "bias_gradient_counts_rows",
        what="The bias gradient counts the rows: the cotangent was taken for ones",
        remedy="Sum the cotangent over the rows",
        clauses=("BI-3", "CO-G1"),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, (dy * 0 + 1).sum(axis=0))),
    ),
    Mistake(
        "bias_gradient_zero",
        what="The bias gradient is zero: nothing was added to it",
        remedy="Sum the cotangent over the rows",
        clauses=("BI-3",),
        replaced=instead(bias, backward=lambda dy, x, b: (dy, dy.sum(axis=0) * 0)),
    ),
    layout_ignored("BI-1"),
]
