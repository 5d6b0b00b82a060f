"""Cases of affine."""

from typing import Any

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question

EVERYTHING = ("AF-1", "AF-2", "AF-3", "AF-4")


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        sizes: tuple[int, int, int],
        clauses: tuple[str, ...] = EVERYTHING,
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        **given: Any,
    ) -> Question:
        n, d, h = sizes
        draw = Draw(form, f"affine/{name}")
        shapes = {"x": (n, d), "w": (d, h), "b": (h,), "dy": (n, h)}
        tensors = {k: given.get(k, draw.generic(k, *shape)) for k, shape in shapes.items()}
        if layout == "columns":
            tensors = {k: np.ascontiguousarray(v.T) for k, v in tensors.items()}
        dy = tensors.pop("dy")
        return Question(name, why, clauses, tensors, {"y": dy}, {"layout": layout}, tags)

    def lattice(prefix: str) -> dict[str, Any]:
        shapes = {"x": (5, 4), "w": (4, 3), "b": (3,), "dy": (5, 3)}
        return {k: draw.lattice(prefix + k, *shape) for k, shape in shapes.items()}

    draw = Draw(form, "affine")
    small = 2.0 ** (form.grid // 2)
    infinite, not_a_number = draw.generic("infinite", 3, 2), draw.generic("nan", 3, 2)
    infinite[1, 0], not_a_number[1, 1] = np.inf, np.nan
    cancelling = draw.generic("cancelling", 3, 4, scale=1024.0)
    cancelling[:, 2:] = -cancelling[:, :2]
    repeated = draw.generic("repeated", 4, 2)
    repeated[2:] = repeated[:2]
    silent = draw.generic("silent", 4, 5)
    silent[1] = 0
    return [
        case(
            "distinct_extents",
            "No two extents agree, so every transpose shows.",
            (4, 3, 5),
        ),
        case(
            "columns",
            "Examples are columns: x (D, N), w (H, D), y (H, N).",
            (4, 3, 5),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "one_column",
            "A single example in layout columns is the vector form W x + b.",
            (1, 3, 2),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "odd_batch",
            "Seven rows: a loop over pairs or blocks of four drops the last.",
            (7, 3, 2),
        ),
        case(
            "one_row",
            "A batch of one is still a matrix.",
            (1, 4, 3),
        ),
        case(
            "empty_batch",
            "No rows: y is empty, dw and db are zeros.",
            (0, 3, 2),
            clauses=(*EVERYTHING, "AF-5"),
        ),
        case(
            "no_features",
            "D = 0: y is b in every row, dx and dw are empty.",
            (3, 0, 2),
            clauses=(*EVERYTHING, "AF-5"),
        ),
        case(
            "no_units",
            "H = 0: y is empty, dx is zeros.",
            (3, 2, 0),
            clauses=(*EVERYTHING, "AF-5"),
        ),
        case(
            "square_asymmetric",
            "D = H: w taken for its transpose gives no error of shape.",
            (2, 3, 3),
            tags=("erratum",),
        ),
        case(
            "all_extents_equal",
            "N = D = H: every mix-up of axes passes the shape checks.",
            (3, 3, 3),
            tags=("erratum",),
        ),
        case(
            "all_extents_equal_columns",
            "N = D = H with examples as columns: the layout cannot be told from the shapes.",
            (3, 3, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
        ),
        case(
            "integer_lattice",
            "Small integers: every partial sum is exact, so the intervals are points.",
            (5, 4, 3),
            **lattice(""),
            tags=("exact",),
        ),
        case(
            "integer_lattice_columns",
            "The exact case with examples as columns.",
            (5, 4, 3),
            clauses=(*EVERYTHING, "CO-L1"),
            layout="columns",
            **lattice("c"),
            tags=("exact",),
        ),
        case(
            "many_rows",
            "Sums over 67 rows: long accumulations, not a power of two.",
            (67, 3, 2),
            clauses=("AF-3", "AF-4"),
        ),
        case(
            "many_features",
            "Sums over 67 features.",
            (2, 67, 3),
            clauses=("AF-1", "AF-3"),
        ),
        case(
            "cancelling_sums",
            "Terms near 1000 cancel to results near 1; relative tolerances fail here, bounds do not.",
            (3, 4, 2),
            clauses=("AF-1",),
            x=cancelling,
            w=draw.array(np.ones((4, 2))) + draw.generic("w", 4, 2, scale=2.0**-8),
        ),
        case(
            "large_cotangent",
            "Gradients near a million: clipping shows.",
            (3, 2, 4),
            clauses=("AF-2", "AF-3", "AF-4"),
            dy=draw.generic("dy", 3, 4, scale=2.0**20),
        ),
        case(
            "mixed_magnitudes",
            "Weights from 2^-20 to 2^20: errors of small elements hide behind large ones.",
            (3, 4, 5),
            w=draw.generic("m", 4, 5) * draw.array(np.ldexp(1.0, np.arange(-20, 20, 2).reshape(4, 5))),
        ),
        case(
            "subnormal_results",
            "Products underflow gradually; flush-to-zero fails.",
            (3, 2, 4),
            clauses=("AF-1", "TO-M5"),
            x=draw.generic("sx", 3, 2) * draw.array(small),
            w=draw.generic("sw", 2, 4) * draw.array(2.0 ** (form.grid - form.grid // 2 + 6)),
            b=draw.lattice("sb", 4, step=2.0**form.grid),
            tags=("subnormal",),
        ),
        case(
            "repeated_rows",
            "Rows occur twice: a gradient that is assigned where it should be added shows.",
            (4, 2, 3),
            clauses=("AF-3", "AF-4"),
            x=repeated,
        ),
        case(
            "silent_row",
            "One row's cotangent is exactly zero: its dx is zero, dw and db ignore it.",
            (4, 3, 5),
            clauses=("AF-2", "AF-3", "AF-4"),
            dy=silent,
        ),
        case(
            "infinite_input",
            "An infinity in x reaches y and dw, and nothing else.",
            (3, 2, 4),
            clauses=("AF-6",),
            x=infinite,
            tags=("special",),
        ),
        case(
            "nan_input",
            "A NaN in x reaches its row of y and its row of dw, and nothing else.",
            (3, 2, 4),
            clauses=("AF-6",),
            x=not_a_number,
            tags=("special",),
        ),
    ]
