"""What people get wrong in identity: the transport between a library and its caller."""

import numpy as np

from ..layers import identity
from ..numbers.operations import Array, limits, through_float32
from .common import column_major, flush, wrapped
from .mistake import DOUBLE, Mistake, instead


def shortened(x: Array) -> Array:
    """Return numbers below 100 rounded to multiples of 2^-20, or of 2^-13 in float32, as short decimals round them."""
    bits = limits(x).nmant
    grid = 1.5 * 2.0 ** (bits - (20 if bits == 52 else 13))
    return np.where((abs(x) < 100) & (abs(x) > 0), x + grid - grid, x)


def finite(x: Array) -> Array:
    """Return the largest finite numbers for infinities."""
    largest = float(limits(x).max)
    return np.where(x > largest, largest, np.where(x < -largest, -largest, x))


MISTAKES = [
    Mistake(
        "sign_of_zero_lost",
        what="-0.0 came back as +0.0",
        remedy="Carry tensors as base64, or write -0.0 with its sign",
        clauses=("ID-1", "CO-D4"),
        replaced=wrapped(identity, lambda x: x + 0.0),
    ),
    Mistake(
        "digits_lost_in_text",
        what="Numbers lost their last digits, as in decimals that are too short",
        remedy="Write the shortest decimals that read back as the same number, or use base64",
        clauses=("ID-1", "PR-T2"),
        replaced=wrapped(identity, shortened),
    ),
    Mistake(
        "through_float32",
        what="float64 values passed through float32",
        remedy="Keep every buffer in the request's dtype",
        clauses=("ID-1", "CO-D1"),
        replaced=wrapped(identity, through_float32),
        dtypes=DOUBLE,
        lost_in_rounding="a float32 passes through float32 unchanged",
    ),
    Mistake(
        "column_major",
        what="The elements came back in column-major order",
        remedy="Read and write data in row-major order",
        clauses=("ID-1", "PR-T1"),
        replaced=wrapped(identity, column_major),
    ),
    Mistake(
        "subnormals_flushed_to_zero",
        what="Subnormal numbers came back as zero",
        remedy="Switch FTZ and DAZ off",
        clauses=("ID-1",),
        replaced=wrapped(identity, flush),
    ),
    Mistake(
        "infinities_made_finite",
        what="Infinities came back as the largest finite number",
        remedy="Carry infinities as they are",
        clauses=("ID-1", "PR-T2"),
        replaced=wrapped(identity, finite),
    ),
    Mistake(
        "nan_made_zero",
        what="NaN came back as 0",
        remedy="Carry NaN as it is",
        clauses=("ID-1", "PR-T2"),
        replaced=wrapped(identity, lambda x: np.where(x == x, x, 0)),
    ),
    Mistake(
        "cotangent_replaced_by_input",
        what="The gradient is the input, not the cotangent",
        remedy="dx has the bits of dy",
        clauses=("ID-2",),
        replaced=instead(identity, backward=lambda dy, x: (x,)),
    ),
]
