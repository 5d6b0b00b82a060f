"""Cases of identity: what a candidate's transport loses, before any other layer is judged."""

import numpy as np

from ..numbers.formats import Format
from .question import Draw, Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""

    def case(name: str, why: str, x: object) -> Question:
        draw = Draw(form, f"identity/{name}")
        array = draw.array(x)
        dy = draw.generic("dy", *array.shape)
        return Question(name, why, ("ID-1", "ID-2"), {"x": array}, {"y": dy})

    tiny, huge = 2.0**form.grid, (2.0 - 2.0 ** (1 - form.precision)) * 2.0 ** (form.limit - 1)
    draw = Draw(form, "identity")
    return [
        case(
            "asymmetric_matrix",
            "Extents differ, so a transposed or column-major buffer shows.",
            draw.generic("x", 2, 3),
        ),
        case(
            "every_bit",
            "All bits of the significand are in use; short decimals lose some.",
            draw.generic("b", 5),
        ),
        case("signed_zeros", "+0.0 and -0.0 are two values; text often has one.", [0.0, -0.0]),
        case("not_a_number", "NaN has no JSON number.", [1.0, np.nan, 2.0]),
        case("infinities", "Infinities have no JSON number.", [-np.inf, 1.0, np.inf]),
        case(
            "subnormals",
            "Subnormals are lost to flush-to-zero.",
            [tiny, -tiny, 3 * tiny, 2.0**form.smallest_normal],
        ),
        case("extremes", "The largest finite numbers overflow in a careless parser.", [huge, -huge]),
        case("scalar", "A tensor of rank 0 has one element and an empty shape.", 0.75),
        case("rank_four", "Row-major order of four axes.", draw.generic("r", 2, 3, 1, 4)),
        case("no_elements", "An extent of zero gives no data at all.", np.zeros((0, 3))),
    ]
