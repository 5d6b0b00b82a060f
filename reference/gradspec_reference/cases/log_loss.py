"""Cases of log_loss."""

import numpy as np

from ..numbers.formats import Format
from ..numbers.operations import Array
from .question import Draw, Question

EVERYTHING = ("LO-1", "LO-2")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    draw = Draw(form, "log_loss")

    def distributions(name: str, n: int, c: int) -> Array:
        """Return positive numbers near a distribution in each row; log_loss does not ask that they sum to 1."""
        return abs(draw.generic(name, n, c, scale=2.0 ** -int(np.ceil(np.log2(max(c, 2)))))) + draw.array(2.0**-6)

    def case(
        name: str,
        why: str,
        probabilities: object,
        clauses: tuple[str, ...] = EVERYTHING,
        labels: object = None,
        dloss: object = None,
        reduction: str = "mean",
        layout: str = "rows",
        tags: tuple[str, ...] = (),
    ) -> Question:
        own = Draw(form, f"log_loss/{name}")
        rows = draw.array(probabilities)
        n, c = rows.shape
        chosen = own.labels("labels", n, c) if labels is None else np.array(labels, dtype=np.int64)
        cotangent = own.generic("dloss", *((n,) if reduction == "none" else ())) if dloss is None else draw.array(dloss)
        inputs = {"probabilities": np.ascontiguousarray(rows.T if layout == "columns" else rows), "labels": chosen}
        attributes = {"layout": layout, "reduction": reduction}
        return Question(name, why, clauses, inputs, {"loss": cotangent}, attributes, tags)

    d = distributions
    smallest = 2.0**form.smallest_normal
    return [
        case(
            "mean",
            "The mean over examples.",
            d("m", 4, 3),
            clauses=(*EVERYTHING, "CO-R3", "CO-R4"),
        ),
        case(
            "sum",
            "The sum over examples.",
            d("s", 4, 3),
            clauses=(*EVERYTHING, "CO-R2"),
            reduction="sum",
        ),
        case(
            "none",
            "A loss and a cotangent for each example.",
            d("n", 4, 3),
            clauses=(*EVERYTHING, "CO-R1"),
            reduction="none",
            tags=("erratum",),
        ),
        case(
            "columns_mean",
            "Classes down, examples across.",
            d("cm", 5, 2),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "columns_sum",
            "Classes down, examples across, summed.",
            d("cs", 4, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="sum",
        ),
        case(
            "columns_none",
            "Classes down, examples across, a loss each.",
            d("cn", 3, 4),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="none",
        ),
        case(
            "odd_batch",
            "Seven examples.",
            d("o", 7, 3),
        ),
        case(
            "one_row",
            "A single example.",
            d("r", 1, 4),
        ),
        case(
            "square",
            "N = C: labels that pick along the wrong axis give no error of shape.",
            d("q", 4, 4),
        ),
        case(
            "square_columns",
            "N = C with examples as columns.",
            d("qc", 4, 4),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "empty_batch_mean",
            "The mean over no examples is NaN.",
            np.zeros((0, 3)),
            clauses=("CO-R3",),
        ),
        case(
            "empty_batch_sum",
            "The sum over no examples is 0.",
            np.zeros((0, 3)),
            clauses=("CO-R2",),
            reduction="sum",
        ),
        case(
            "certain",
            "A probability of exactly 1 has a loss of exactly 0.",
            [[1.0, 0.0], [0.0, 1.0]],
            labels=[0, 1],
            reduction="sum",
            dloss=-1.5,
        ),
        case(
            "nearly_certain",
            "A probability next to 1: the logarithm is as small as its distance from 1.",
            [[1.0 - 2.0**-form.precision, 0.5]],
            labels=[0],
        ),
        case(
            "halves_and_quarters",
            "Powers of two: the gradients are exact, the losses are multiples of log 2.",
            [[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]],
            labels=[1, 2],
            reduction="none",
        ),
        case(
            "zero_probability",
            "p = 0: the loss is +infinity and the gradient -infinity times the cotangent's sign.",
            [[0.0, 1.0], [0.25, 0.75], [0.5, 0.5]],
            clauses=("LO-3", "LO-4"),
            labels=[0, 1, 1],
            reduction="none",
            dloss=[2.0, 0.5, -0.75],
            tags=("special",),
        ),
        case(
            "zero_probability_of_others",
            "p = 0 for a class that is not the label changes nothing.",
            [[0.0, 0.5, 0.5], [0.25, 0.0, 0.75]],
            labels=[1, 2],
        ),
        case(
            "smallest_normal_probability",
            "The smallest normal number: a large loss and an enormous gradient, both finite.",
            [[smallest, 0.5]],
            labels=[0],
            reduction="sum",
            dloss=0.75,
        ),
        case(
            "unnormalised",
            "Rows need not sum to 1, and numbers above 1 have a negative loss.",
            [[2.0, 3.5], [0.75, 8.0]],
            clauses=("LO-5",),
            labels=[1, 1],
        ),
        case(
            "first_class",
            "Every label is 0.",
            d("fc", 3, 4),
            labels=[0, 0, 0],
        ),
        case(
            "last_class",
            "Every label is C - 1.",
            d("lc", 3, 4),
            labels=[3, 3, 3],
        ),
        case(
            "silent_example",
            "One example's cotangent is exactly 0.",
            d("se", 3, 4),
            clauses=("LO-2",),
            reduction="none",
            dloss=[0.5, 0.0, -1.25],
        ),
        case(
            "large_cotangent",
            "A cotangent of 1000.",
            d("lg", 3, 4),
            clauses=("LO-2",),
            dloss=1000.5,
        ),
        case(
            "nan_probability",
            "A NaN that is not picked changes nothing; one that is makes the loss NaN.",
            [[np.nan, 0.5], [np.nan, 0.25]],
            clauses=("LO-6",),
            labels=[1, 0],
            reduction="none",
            dloss=[0.5, 1.5],
            tags=("special",),
        ),
        case(
            "many_examples",
            "A mean over 131 examples: one too many or too few in the divisor still shows.",
            d("me", 131, 2),
        ),
        case(
            "unlikely_labels",
            "Probabilities of 1e-3 to 1e-5: a constant of 1e-8 in the logarithm changes the loss.",
            [[1e-3, 0.5], [0.5, 1e-4], [1e-5, 0.5]],
            labels=[0, 1, 0],
            reduction="none",
            tags=("unlikely",),
        ),
    ]
