"""Cases of relu."""

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    draw = Draw(form, "relu")

    def case(
        name: str, why: str, x: object, clauses: tuple[str, ...], dy: object = None, tags: tuple[str, ...] = ()
    ) -> Question:
        array = draw.array(x)
        cotangent = draw.generic(f"{name}/dy", *array.shape) if dy is None else draw.array(dy)
        return Question(name, why, clauses, {"x": array}, {"y": cotangent}, {}, tags)

    tiny, inf = 2.0**form.grid, np.inf
    generic = draw.generic("x", 4, 3)
    huge = 2.0 ** (form.limit - 1)
    return [
        case(
            "distinct_extents",
            "Both signs, all bits in use.",
            generic,
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "all_negative",
            "Nothing passes: y and dx are zero.",
            -abs(draw.generic("n", 3, 2)),
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "all_positive",
            "Everything passes unchanged.",
            abs(draw.generic("p", 3, 2)),
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "kink_at_positive_zero",
            "The derivative at +0.0 is 0; a gate `>=` gives 1.",
            [[0.0, 1.0], [-1.0, 0.0]],
            clauses=("RE-3",),
            tags=("kink", "erratum"),
        ),
        case(
            "kink_at_negative_zero",
            "The derivative at -0.0 is 0 as well.",
            [[-0.0, 1.0], [-1.0, -0.0]],
            clauses=("RE-3",),
            tags=("kink", "erratum"),
        ),
        case(
            "kink_everywhere",
            "All zeros of both signs: dx is zero although every cotangent is large.",
            [0.0, -0.0, 0.0],
            clauses=("RE-3",),
            dy=[1e6, -1e6, 2e6],
            tags=("kink", "erratum"),
        ),
        case(
            "opposed_signs",
            "x and dy differ in sign everywhere: the gate is on x, not on the cotangent.",
            [1.0, -1.0, 2.0, -2.0],
            clauses=("RE-2",),
            dy=[-3.0, 5.0, -7.0, 9.0],
        ),
        case(
            "cotangent_zero",
            "A cotangent of zero passes an open gate as zero.",
            [1.0, -1.0, 3.0],
            clauses=("RE-2",),
            dy=[0.0, 0.0, 2.5],
        ),
        case(
            "integer_lattice",
            "Small integers, exact, zero among them.",
            [[-3.0, 0.0, 2.0], [1.0, -1.0, 4.0]],
            clauses=("RE-1", "RE-2", "RE-3"),
            tags=("exact", "kink"),
        ),
        case(
            "scalar",
            "Rank 0.",
            1.5,
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "vector",
            "Rank 1.",
            draw.generic("v", 5),
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "rank_four",
            "Rank 4, no two extents alike.",
            draw.generic("r", 2, 3, 1, 4),
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "odd_length",
            "Nine elements: a vector loop's remainder.",
            draw.generic("o", 9),
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "no_elements",
            "Nothing in, nothing out.",
            np.zeros((0, 3)),
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "smallest_magnitudes",
            "The smallest subnormals are not zero: the positive one passes.",
            [tiny, -tiny, 5 * tiny],
            clauses=("RE-1", "RE-2"),
            tags=("subnormal",),
        ),
        case(
            "largest_magnitudes",
            "Nothing overflows.",
            [huge, -huge, 1.5 * huge],
            clauses=("RE-1", "RE-2"),
        ),
        case(
            "infinities",
            "+infinity passes, -infinity gives 0.",
            [inf, -inf, 1.0],
            clauses=("RE-1", "RE-2"),
            tags=("special",),
        ),
        case(
            "infinite_cotangent",
            "A closed gate stops an infinite cotangent: inf * 0 would be NaN.",
            [-1.0, 1.0, 0.0],
            clauses=("RE-3", "RE-4"),
            dy=[inf, -inf, inf],
            tags=("kink", "special", "erratum"),
        ),
        Question(
            "nan_input",
            (
                "NaN gives NaN, and its neighbours are not touched. The derivative "
                "at NaN is not specified, so it is not asked."
            ),
            clauses=("RE-5",),
            inputs={"x": draw.array([np.nan, 1.0, -1.0])},
            tags=("special",),
            gradients=False,
        ),
    ]
