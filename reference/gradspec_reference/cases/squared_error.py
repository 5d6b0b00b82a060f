"""Cases of squared_error."""

from typing import Any

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question

EVERYTHING = ("SE-1", "SE-2", "SE-3")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        sizes: tuple[int, int],
        clauses: tuple[str, ...] = EVERYTHING,
        dloss: object = None,
        reduction: str = "mean",
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        **given: Any,
    ) -> Question:
        draw = Draw(form, f"squared_error/{name}")
        inputs = {k: given.get(k, draw.generic(k, *sizes)) for k in ("prediction", "target")}
        if layout == "columns":
            inputs = {k: np.ascontiguousarray(v.T) for k, v in inputs.items()}
        shape = sizes[:1] if reduction == "none" else ()
        cotangent = draw.generic("dloss", *shape) if dloss is None else draw.array(dloss)
        attributes = {"layout": layout, "reduction": reduction}
        return Question(name, why, clauses, inputs, {"loss": cotangent}, attributes, tags)

    draw = Draw(form, "squared_error")
    near = draw.generic("near", 3, 4)
    step = 2.0 ** (1 - form.precision)
    infinite = draw.array([[np.inf, 1.0], [2.0, np.nan], [0.5, -1.5]])
    root = 2.0 ** (form.grid // 2)
    return [
        case(
            "mean",
            "Divided by N and by nothing else: not by C, not by N C.",
            (4, 3),
            clauses=(*EVERYTHING, "CO-R3", "CO-R4"),
            tags=("erratum",),
        ),
        case(
            "sum",
            "Summed over examples and components.",
            (4, 3),
            clauses=(*EVERYTHING, "CO-R2"),
            reduction="sum",
        ),
        case(
            "none",
            "One loss per example: the sum of its components' squares, halved.",
            (4, 3),
            clauses=(*EVERYTHING, "CO-R1"),
            reduction="none",
            tags=("erratum",),
        ),
        case(
            "columns_mean",
            "Examples across: N is the number of columns.",
            (4, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "columns_sum",
            "Examples across, summed.",
            (5, 2),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="sum",
        ),
        case(
            "columns_none",
            "Examples across, a loss each.",
            (3, 4),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="none",
        ),
        case(
            "square",
            "N = C: the divisor and the axis of a loss each can be mixed up unseen.",
            (3, 3),
            reduction="none",
        ),
        case(
            "square_columns",
            "N = C with examples as columns.",
            (3, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            reduction="none",
        ),
        case(
            "one_component",
            "C = 1: the scalar loss of a textbook.",
            (5, 1),
            tags=("erratum",),
        ),
        case(
            "one_row",
            "A single example: its loss is the mean.",
            (1, 4),
        ),
        case(
            "odd_batch",
            "Seven examples: N is no power of two.",
            (7, 3),
        ),
        case(
            "empty_batch_mean",
            "The mean over no examples is NaN.",
            (0, 3),
            clauses=("CO-R3",),
        ),
        case(
            "empty_batch_sum",
            "The sum over no examples is 0.",
            (0, 3),
            clauses=("CO-R2",),
            reduction="sum",
        ),
        case(
            "no_components",
            "C = 0: every loss is 0.",
            (3, 0),
            clauses=("SE-1",),
            reduction="none",
        ),
        case(
            "integer_lattice",
            "Small integers, N = 4: every sum is exact, the half included.",
            (4, 3),
            dloss=3.0,
            prediction=draw.lattice("lp", 4, 3),
            target=draw.lattice("lt", 4, 3),
            tags=("lattice",),
        ),
        case(
            "integer_lattice_none",
            "Small integers, a loss each.",
            (3, 5),
            reduction="none",
            dloss=[2.0, -1.0, 3.0],
            prediction=draw.lattice("np", 3, 5),
            target=draw.lattice("nt", 3, 5),
            tags=("exact",),
        ),
        case(
            "perfect_prediction",
            "Prediction and target agree: loss and gradients are exactly 0.",
            (3, 4),
            prediction=near,
            target=near,
            tags=("exact",),
        ),
        case(
            "one_ulp_apart",
            "Residuals of one unit in the last place are exact by subtraction; expanding the square loses them.",
            (3, 4),
            clauses=("SE-1", "SE-2"),
            prediction=abs(near) + draw.array(1.0 + step),
            target=abs(near) + draw.array(1.0),
        ),
        case(
            "many_rows",
            "Sums over 67 examples.",
            (67, 2),
        ),
        case(
            "large_residuals",
            "Residuals near a million: gradients far above 1.",
            (3, 4),
            prediction=draw.generic("large", 3, 4, scale=2.0**20),
        ),
        case(
            "negative_cotangent",
            "A negative cotangent turns every sign.",
            (3, 4),
            clauses=("SE-2", "SE-3"),
            dloss=-2.5,
        ),
        case(
            "silent_example",
            "One example's cotangent is exactly 0.",
            (3, 4),
            clauses=("SE-2", "SE-3"),
            reduction="none",
            dloss=[1.5, 0.0, -0.25],
        ),
        case(
            "subnormal_squares",
            "Squares underflow gradually, the gradients do not.",
            (2, 3),
            clauses=("SE-1", "TO-M5"),
            reduction="sum",
            prediction=draw.generic("tp", 2, 3, scale=root * 16),
            target=draw.generic("tt", 2, 3, scale=root * 16),
            tags=("subnormal",),
        ),
        case(
            "special_values",
            "An infinity and a NaN reach their row's loss and their own gradients.",
            (3, 2),
            clauses=("SE-4",),
            reduction="none",
            prediction=infinite,
            tags=("special",),
        ),
        case(
            "many_examples",
            "A mean over 131 examples: one too many or too few in the divisor still shows.",
            (131, 2),
        ),
    ]
