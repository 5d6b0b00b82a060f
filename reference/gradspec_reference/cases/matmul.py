"""Cases of matmul."""

from typing import Any

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question

EVERYTHING = ("MM-1", "MM-2", "MM-3")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        sizes: tuple[int, int, int],
        clauses: tuple[str, ...] = EVERYTHING,
        tags: tuple[str, ...] = (),
        **given: Any,
    ) -> Question:
        m, k, p = sizes
        draw = Draw(form, f"matmul/{name}")
        shapes = {"a": (m, k), "b": (k, p), "dy": (m, p)}
        tensors = {key: given.get(key, draw.generic(key, *shape)) for key, shape in shapes.items()}
        dy = tensors.pop("dy")
        return Question(name, why, clauses, tensors, {"y": dy}, {}, tags)

    draw = Draw(form, "matmul")
    lattice: dict[str, Any] = {
        "a": draw.lattice("a", 3, 5),
        "b": draw.lattice("b", 5, 2),
        "dy": draw.lattice("dy", 3, 2),
    }
    cancelling = draw.generic("cancelling", 3, 4, scale=1024.0)
    cancelling[:, 2:] = -cancelling[:, :2]
    infinite, not_a_number = draw.generic("infinite", 3, 2), draw.generic("nan", 3, 2)
    infinite[0, 1], not_a_number[2, 0] = -np.inf, np.nan
    silent = draw.generic("silent", 4, 3)
    silent[2] = 0
    tiny = 2.0 ** (form.grid // 2)
    return [
        case(
            "distinct_extents",
            "No two extents agree, so every transpose shows.",
            (4, 3, 5),
        ),
        case(
            "all_extents_equal",
            "Square factors: a transposed factor or a swapped product gives no error of shape.",
            (3, 3, 3),
            tags=("erratum",),
        ),
        case(
            "row_by_matrix",
            "M = 1: a row vector times a matrix.",
            (1, 4, 3),
        ),
        case(
            "matrix_by_column",
            "P = 1: the vector form; the gradient for a is an outer product.",
            (4, 3, 1),
        ),
        case(
            "inner_product",
            "M = P = 1: one number.",
            (1, 6, 1),
        ),
        case(
            "outer_product",
            "K = 1: nothing is summed forwards.",
            (4, 1, 3),
        ),
        case(
            "odd_extents",
            "Seven, five, nine: remainders of every blocking.",
            (7, 5, 9),
        ),
        case(
            "no_rows",
            "M = 0: the gradient for b is zeros.",
            (0, 3, 2),
        ),
        case(
            "no_inner",
            "K = 0: an empty sum is 0.",
            (3, 0, 2),
        ),
        case(
            "no_columns",
            "P = 0: the gradient for a is zeros.",
            (3, 2, 0),
        ),
        case(
            "integer_lattice",
            "Small integers: the intervals are points.",
            (3, 5, 2),
            **lattice,
            tags=("exact",),
        ),
        case(
            "many_terms",
            "Sums of 67 terms in every product.",
            (2, 67, 3),
            clauses=("MM-1",),
        ),
        case(
            "cancelling_sums",
            "Terms near 1000 cancel to results near 1.",
            (3, 4, 2),
            clauses=("MM-1",),
            a=cancelling,
            b=draw.array(np.ones((4, 2))) + draw.generic("near", 4, 2, scale=2.0**-8),
        ),
        case(
            "mixed_magnitudes",
            "Columns from 2^-20 to 2^20.",
            (3, 4, 5),
            b=draw.generic("mixed", 4, 5) * draw.array(np.ldexp(1.0, np.arange(-20, 20, 2).reshape(4, 5))),
        ),
        case(
            "large_cotangent",
            "Gradients near a million.",
            (3, 2, 4),
            clauses=("MM-2", "MM-3"),
            dy=draw.generic("large", 3, 4, scale=2.0**20),
        ),
        case(
            "silent_row",
            "One row's cotangent is exactly zero.",
            (4, 2, 3),
            clauses=("MM-2", "MM-3"),
            dy=silent,
        ),
        case(
            "subnormal_results",
            "Products underflow gradually.",
            (3, 2, 4),
            clauses=("MM-1", "TO-M5"),
            a=draw.generic("ta", 3, 2) * draw.array(tiny),
            b=draw.generic("tb", 2, 4) * draw.array(2.0 ** (form.grid - form.grid // 2 + 6)),
            tags=("subnormal",),
        ),
        case(
            "infinite_input",
            "An infinity reaches its row of y and of the gradient for b.",
            (3, 2, 4),
            clauses=("MM-1", "TO-V3"),
            a=infinite,
            tags=("special",),
        ),
        case(
            "nan_input",
            "A NaN reaches its row of y and of the gradient for b.",
            (3, 2, 4),
            clauses=("MM-1", "TO-V3"),
            a=not_a_number,
            tags=("special",),
        ),
    ]
