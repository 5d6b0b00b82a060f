"""Cases of softmax_cross_entropy."""

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question

EVERYTHING = ("SC-1", "SC-2", "SC-3")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        logits: object,
        clauses: tuple[str, ...] = EVERYTHING,
        labels: object = None,
        dloss: object = None,
        reduction: str = "mean",
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        gradients: bool = True,
    ) -> Question:
        draw = Draw(form, f"softmax_cross_entropy/{name}")
        rows = draw.array(logits)
        n, c = rows.shape
        chosen = draw.labels("labels", n, c) if labels is None else np.array(labels, dtype=np.int64)
        shape = (n,) if reduction == "none" else ()
        cotangent = draw.generic("dloss", *shape) if dloss is None else draw.array(dloss)
        inputs = {"logits": np.ascontiguousarray(rows.T if layout == "columns" else rows), "labels": chosen}
        attributes = {"layout": layout, "reduction": reduction}
        return Question(
            name, why, clauses, inputs, {"loss": cotangent} if gradients else {}, attributes, tags, gradients
        )

    draw = Draw(form, "softmax_cross_entropy")
    g = draw.generic
    # A common offset that leaves the lattice below it room for a few bits only.
    offset = draw.array(2.0 ** (form.precision - 12)) + draw.lattice("offset", 4, 3, step=2.0**-3)
    inf = np.inf
    not_a_number = g("nan", 3, 4)
    not_a_number[1, 2] = np.nan
    return [
        case(
            "mean",
            "The mean over examples, with a cotangent that is not 1.",
            g("mean", 4, 3),
            clauses=(*EVERYTHING, "CO-R3", "CO-R4"),
            tags=("erratum",),
        ),
        case(
            "sum",
            "The sum over examples: no division by N, forwards or backwards.",
            g("sum", 4, 3),
            clauses=(*EVERYTHING, "CO-R2"),
            reduction="sum",
            tags=("erratum",),
        ),
        case(
            "none",
            "One loss per example, one cotangent per example, all different.",
            g("none", 4, 3),
            clauses=(*EVERYTHING, "CO-R1"),
            reduction="none",
            tags=("erratum",),
        ),
        case(
            "columns_mean",
            "Classes down, examples across.",
            g("cm", 4, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "columns_sum",
            "Classes down, examples across, summed.",
            g("cs", 5, 2),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="sum",
        ),
        case(
            "columns_none",
            "Classes down, examples across, a loss each.",
            g("cn", 3, 4),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="none",
        ),
        case(
            "odd_batch",
            "Seven examples: N is no power of two, and a loop by pairs drops the last.",
            g("odd", 7, 3),
        ),
        case(
            "one_row",
            "A single example: its loss is the mean.",
            g("one", 1, 4),
        ),
        case(
            "one_class",
            "C = 1: probability 1, loss 0, gradient 0.",
            g("oc", 3, 1),
            clauses=("SC-5",),
        ),
        case(
            "two_classes",
            "The smallest real choice.",
            g("two", 5, 2),
        ),
        case(
            "many_classes",
            "A sum over 37 classes.",
            g("many", 3, 37, scale=4.0),
        ),
        case(
            "square",
            "N = C: softmax over the wrong axis gives no error of shape.",
            g("square", 4, 4),
        ),
        case(
            "square_columns",
            "N = C with examples as columns.",
            g("sqc", 4, 4),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "empty_batch_mean",
            "The mean over no examples is NaN; there is nothing to differentiate.",
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
            "empty_batch_none",
            "No examples, no losses.",
            np.zeros((0, 3)),
            clauses=("CO-R1",),
            reduction="none",
        ),
        case(
            "uniform_logits",
            "All logits alike, four classes: probabilities of exactly 1/4.",
            np.full((3, 4), 2.5),
        ),
        case(
            "uniform_logits_five",
            "All logits alike, five classes: 1/5 is not a float.",
            np.full((3, 5), -1.25),
        ),
        case(
            "logits_800",
            "exp(800) overflows: the shift is not optional.",
            [[800.0, 799.0, 797.5], [800.0, 800.0, 801.25]],
            clauses=(*EVERYTHING, "SC-4"),
            labels=[1, 0],
            tags=("extreme",),
        ),
        case(
            "logits_minus_800",
            "exp(-800) underflows to 0, and 0/0 follows.",
            [[-800.0, -799.0, -801.5], [-803.0, -800.0, -800.5]],
            clauses=(*EVERYTHING, "SC-4"),
            labels=[0, 2],
            tags=("extreme",),
        ),
        case(
            "logits_opposed",
            "Logits of 800 and -800 in one row: the loss is 1600, no probability in between.",
            [[800.0, -800.0, 0.0], [-800.0, 0.0, 800.0], [0.0, 800.0, -800.0]],
            clauses=(*EVERYTHING, "SC-4"),
            labels=[1, 1, 1],
            reduction="none",
            tags=("extreme",),
        ),
        case(
            "rows_far_apart",
            "One row near 800, one near -800: a shift by the global maximum ruins the second.",
            [[800.0, 801.0, 799.5], [-800.0, -801.0, -799.5]],
            clauses=(*EVERYTHING, "SC-4"),
            labels=[2, 0],
            tags=("extreme",),
        ),
        case(
            "common_offset",
            "A large common offset: x - (m + log sum) loses the digits that the loss is made of.",
            offset,
            tags=("extreme", "offset"),
        ),
        case(
            "offset_below_overflow",
            "A common offset just below overflow: log sum exp(x) - x overflows nowhere and still loses digits.",
            g("below", 6, 4) + draw.array(80.0 if form.precision == 24 else 600.0),
            reduction="none",
            tags=("offset",),
        ),
        case(
            "near_certain",
            "Probability of the label 1 - 1e-20: the loss is nearly 0, the other gradients tiny but not 0.",
            [[46.0, 0.0, 1.0], [0.5, -46.0, -45.0]],
            labels=[0, 0],
            reduction="none",
        ),
        case(
            "surely_wrong",
            "Probability of the label 1e-20: the loss is about 46.",
            [[46.0, 0.0, 1.0], [0.5, -46.0, -45.0]],
            labels=[1, 2],
            reduction="none",
        ),
        case(
            "subnormal_probability",
            "A probability that is subnormal: the loss must not be computed from it.",
            [[0.0, -float(-form.grid - 8) * 0.6931471805599453, -1.0]],
            clauses=(*EVERYTHING, "SC-4"),
            labels=[1],
            tags=("extreme", "subnormal"),
        ),
        case(
            "first_class",
            "Every label is 0: an off-by-one reads outside the row, or wraps to the last class.",
            g("fc", 3, 4),
            labels=[0, 0, 0],
        ),
        case(
            "last_class",
            "Every label is C - 1.",
            g("lc", 3, 4),
            labels=[3, 3, 3],
        ),
        case(
            "ties",
            "Two equal maxima in each row.",
            [[2.0, 2.0, 1.0], [0.25, -1.0, 0.25]],
            labels=[1, 1],
        ),
        case(
            "ascending",
            "Every class is a new maximum: an online softmax rescales at each.",
            [[-3.0, -1.25, 0.5, 2.0, 3.75]],
            labels=[2],
        ),
        case(
            "large_cotangent",
            "A cotangent of 1000: gradients far above 1, clipping shows.",
            g("lcot", 3, 4),
            clauses=("SC-3",),
            dloss=1000.5,
        ),
        case(
            "negative_cotangent",
            "A negative cotangent turns every sign.",
            g("ncot", 3, 4),
            clauses=("SC-3",),
            dloss=-0.75,
            reduction="sum",
        ),
        case(
            "silent_example",
            "The cotangent of one example is exactly 0.",
            g("se", 3, 4),
            clauses=("SC-3",),
            dloss=[1.5, 0.0, -2.25],
            reduction="none",
        ),
        case(
            "minus_infinity",
            "A logit of -infinity: probability 0, and a loss of +infinity if it is the label's.",
            [[-inf, 1.0, 2.0], [0.5, -inf, -inf], [1.0, 0.0, -inf]],
            clauses=("SC-7",),
            labels=[1, 0, 2],
            reduction="none",
            gradients=False,
            tags=("special",),
        ),
        case(
            "no_maximum",
            "+infinity, or nothing but -infinity, leaves no distribution: NaN in that row.",
            [[inf, 1.0, 2.0], [-inf, -inf, -inf], [0.5, 1.5, 2.0]],
            clauses=("SC-7",),
            labels=[1, 0, 2],
            reduction="none",
            gradients=False,
            tags=("special",),
        ),
        case(
            "nan_logit",
            "A NaN spoils its row and the reduced loss, and no other row's gradient.",
            not_a_number,
            clauses=("SC-6",),
            tags=("special",),
        ),
        case(
            "many_examples",
            "A mean over 131 examples: one too many or too few in the divisor still shows.",
            g("me", 131, 3),
        ),
        case(
            "unlikely_labels",
            "Labels of probability 1e-3 to 1e-5: a constant of 1e-8 in the logarithm changes the loss.",
            [[0.0, 7.0], [9.25, 0.0], [0.0, 11.5]],
            labels=[0, 1, 0],
            reduction="none",
            tags=("unlikely",),
        ),
    ]
