"""Cases of softmax."""

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question

EVERYTHING = ("SM-1", "SM-2")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        logits: object,
        clauses: tuple[str, ...] = EVERYTHING,
        dp: object = None,
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        gradients: bool = True,
    ) -> Question:
        rows = Draw(form, "softmax").array(logits)
        cotangent = Draw(form, f"softmax/{name}").generic("dp", *rows.shape)
        tensors = [rows, cotangent if dp is None else cotangent.dtype.type(dp)]
        if layout == "columns":
            tensors = [np.ascontiguousarray(t.T) for t in tensors]
        cotangents = {"probabilities": tensors[1]} if gradients else {}
        return Question(
            name,
            why,
            clauses,
            {"logits": tensors[0]},
            cotangents,
            {"layout": layout},
            tags,
            gradients,
        )

    draw = Draw(form, "softmax")
    g = draw.generic
    not_a_number = g("nan", 3, 4)
    not_a_number[1, 2] = np.nan
    inf = np.inf
    labels_only = np.zeros((4, 3))
    labels_only[np.arange(4), [0, 2, 1, 2]] = -1.5
    return [
        case(
            "distinct_extents",
            "Any cotangent, no two extents alike.",
            g("x", 4, 3),
        ),
        case(
            "columns",
            "Classes down, examples across.",
            g("c", 4, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "square",
            "N = C: the wrong axis gives no error of shape.",
            g("s", 4, 4),
        ),
        case(
            "square_columns",
            "N = C with examples as columns.",
            g("sc", 3, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "sparse_cotangent",
            "One class per row has a cotangent: the gradient is not p - onehot, which belongs to the log-loss.",
            labels_only * 0 + g("sp", 4, 3),
            dp=labels_only,
            tags=("erratum",),
        ),
        case(
            "odd_batch",
            "Seven rows.",
            g("odd", 7, 3),
        ),
        case(
            "one_row",
            "A single example.",
            g("one", 1, 5),
        ),
        case(
            "one_class",
            "C = 1: the probability is 1 and the gradient 0.",
            g("oc", 3, 1),
            clauses=("SM-4",),
        ),
        case(
            "two_classes",
            "The logistic function in disguise.",
            g("two", 5, 2),
        ),
        case(
            "many_classes",
            "Sums over 37 classes.",
            g("many", 3, 37, scale=4.0),
        ),
        case(
            "empty_batch",
            "No rows.",
            np.zeros((0, 3)),
        ),
        case(
            "uniform_logits",
            "All alike, four classes: exactly 1/4 each.",
            np.full((3, 4), -3.5),
        ),
        case(
            "uniform_cotangent_in_rows",
            "A cotangent that is constant along each row: the gradient is 0 up to rounding.",
            g("u", 3, 4),
            dp=np.array([[1.5], [-2.0], [0.75]]) * np.ones((3, 4)),
        ),
        case(
            "logits_800",
            "exp(800) overflows.",
            [[800.0, 799.0, 797.5], [800.0, 801.25, 800.0]],
            clauses=(*EVERYTHING, "SM-3"),
            tags=("extreme", "erratum"),
        ),
        case(
            "logits_minus_800",
            "exp(-800) underflows to 0, and 0/0 follows.",
            [[-800.0, -799.0, -801.5], [-803.0, -800.0, -800.5]],
            clauses=(*EVERYTHING, "SM-3"),
            tags=("extreme", "erratum"),
        ),
        case(
            "rows_far_apart",
            "One row near 800, one near -800: each has its own maximum.",
            [[800.0, 801.0, 799.5], [-800.0, -801.0, -799.5]],
            clauses=("SM-1", "SM-3"),
            tags=("extreme",),
        ),
        case(
            "vanishing_probability",
            "A difference of 1600: the probability underflows to 0, its gradient too.",
            [[800.0, -800.0, 799.0]],
            clauses=("SM-3",),
            tags=("extreme",),
        ),
        case(
            "ties",
            "Two equal maxima.",
            [[2.0, 2.0, 1.0], [0.25, -1.0, 0.25]],
        ),
        case(
            "ascending",
            "Every class is a new maximum.",
            [[-3.0, -1.25, 0.5, 2.0, 3.75]],
        ),
        case(
            "large_cotangent",
            "Cotangents near a thousand.",
            g("lc", 3, 4),
            clauses=("SM-2",),
            dp=g("lcd", 3, 4, scale=1024.0),
        ),
        case(
            "silent_row",
            "One row's cotangent is zero.",
            g("sr", 3, 4),
            clauses=("SM-2",),
            dp=g("srd", 3, 4) * np.array([[1.0], [0.0], [1.0]]),
        ),
        case(
            "nan_logit",
            "A NaN spoils its row and no other.",
            not_a_number,
            clauses=("SM-5",),
            tags=("special",),
        ),
        case(
            "minus_infinity",
            "A logit of -infinity has probability 0; the others share 1.",
            [[-inf, 1.0, 2.0], [0.5, -inf, -inf]],
            clauses=("SM-6",),
            gradients=False,
            tags=("special",),
        ),
        case(
            "no_maximum",
            "+infinity, or nothing but -infinity, leaves no distribution: NaN in that row.",
            [[inf, 1.0, 2.0], [-inf, -inf, -inf], [0.5, 1.5, 2.0]],
            clauses=("SM-6",),
            gradients=False,
            tags=("special",),
        ),
        case(
            "exponentials_above_powers_of_two",
            "Logits just above -k log 2: an exponential 8 ULP off is 16 unit roundoffs off.",
            [[0.0, 2.0**-8 - k * np.log(2.0)] for k in (2, 3, 4, 5)],
            clauses=("SM-1",),
        ),
    ]
