"""Cases of bias."""

from typing import Any

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question

EVERYTHING = ("BI-1", "BI-2", "BI-3")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        sizes: tuple[int, int],
        clauses: tuple[str, ...] = EVERYTHING,
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        **given: Any,
    ) -> Question:
        n, c = sizes
        draw = Draw(form, f"bias/{name}")
        tensors = {k: given.get(k, draw.generic(k, *s)) for k, s in {"x": (n, c), "b": (c,), "dy": (n, c)}.items()}
        if layout == "columns":
            tensors = {k: np.ascontiguousarray(v.T) for k, v in tensors.items()}
        dy = tensors.pop("dy")
        return Question(name, why, clauses, tensors, {"y": dy}, {"layout": layout}, tags)

    draw = Draw(form, "bias")
    repeated, silent = draw.generic("repeated", 4, 3), draw.generic("silent", 4, 3)
    repeated[2:] = repeated[:2]
    silent[3] = 0
    opposite = draw.generic("opposite", 6, 2, scale=1024.0)
    opposite[3:] = -opposite[:3] + draw.generic("rest", 3, 2, scale=2.0**-8)
    infinite = draw.array([[1.0, np.inf], [-2.0, 3.0], [np.nan, -1.0]])
    return [
        case(
            "distinct_extents",
            "Four rows of three: db sums over rows, not over columns.",
            (4, 3),
            tags=("erratum",),
        ),
        case(
            "columns",
            "Examples are columns: b is added to each column and db sums over columns.",
            (4, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "square",
            "N = C: a bias added along the wrong axis gives no error of shape.",
            (3, 3),
            tags=("erratum",),
        ),
        case(
            "square_columns",
            "N = C with examples as columns.",
            (3, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "odd_batch",
            "Seven rows: db needs the last one too.",
            (7, 2),
            tags=("erratum",),
        ),
        case(
            "one_row",
            "One row: db is the row of dy, still of rank 1.",
            (1, 4),
            tags=("erratum",),
        ),
        case(
            "one_column",
            "C = 1: one number added to all.",
            (5, 1),
        ),
        case(
            "empty_batch",
            "No rows: db is zeros.",
            (0, 3),
            clauses=("BI-3",),
        ),
        case(
            "no_columns",
            "C = 0: nothing at all.",
            (3, 0),
        ),
        case(
            "integer_lattice",
            "Small integers: the intervals are points.",
            (5, 4),
            x=draw.lattice("x", 5, 4),
            b=draw.lattice("b", 4),
            dy=draw.lattice("dy", 5, 4),
            tags=("exact",),
        ),
        case(
            "many_rows",
            "A sum over 67 rows.",
            (67, 2),
            clauses=("BI-3",),
        ),
        case(
            "cancelling_sums",
            "Cotangents near 1000 whose sums are small.",
            (6, 2),
            clauses=("BI-3",),
            dy=opposite,
        ),
        case(
            "repeated_rows",
            "Equal cotangents twice: db adds, it does not assign.",
            (4, 3),
            clauses=("BI-3",),
            dy=repeated,
        ),
        case(
            "silent_row",
            "One row's cotangent is zero.",
            (4, 3),
            clauses=("BI-2", "BI-3"),
            dy=silent,
        ),
        case(
            "large_cotangent",
            "Gradients near a million.",
            (3, 2),
            clauses=("BI-2", "BI-3"),
            dy=draw.generic("large", 3, 2, scale=2.0**20),
        ),
        case(
            "mixed_magnitudes",
            "Biases from 2^-20 to 2^20: the sums are rounded.",
            (3, 5),
            clauses=("BI-1",),
            b=draw.generic("mixed", 5) * draw.array(np.ldexp(1.0, np.arange(-20, 21, 10))),
        ),
        case(
            "special_values",
            "An infinity and a NaN stay where they are.",
            (3, 2),
            clauses=("BI-1", "TO-V3"),
            x=infinite,
            tags=("special",),
        ),
    ]
