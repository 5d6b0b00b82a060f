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
    Mistake("sign_of_zero_lost", "-0.0 came back as +0.0", "Carry tensors as base64, or write -0.0 with its sign", ("ID-1", "CO-D4"), wrapped(identity, lambda x: x + 0.0)),
    Mistake("digits_lost_in_text", "Numbers lost their last digits, as in decimals that are too short", "Write the shortest decimals that read back as the same number, or use base64", ("ID-1", "PR-T2"),
            wrapped(identity, shortened)),
    Mistake("through_float32", "float64 values passed through float32", "Keep every buffer in the request's dtype", ("ID-1", "CO-D1"), wrapped(identity, through_float32),
            DOUBLE, "a float32 passes through float32 unchanged"),
    Mistake("column_major", "The elements came back in column-major order", "Read and write data in row-major order", ("ID-1", "PR-T1"), wrapped(identity, column_major)),
    Mistake("subnormals_flushed_to_zero", "Subnormal numbers came back as zero", "Switch FTZ and DAZ off", ("ID-1",), wrapped(identity, flush)),
    Mistake("infinities_made_finite", "Infinities came back as the largest finite number", "Carry infinities as they are", ("ID-1", "PR-T2"),
            wrapped(identity, finite)),
    Mistake("nan_made_zero", "NaN came back as 0", "Carry NaN as it is", ("ID-1", "PR-T2"), wrapped(identity, lambda x: np.where(x == x, x, 0))),
    Mistake("cotangent_replaced_by_input", "The gradient is the input, not the cotangent", "dx has the bits of dy", ("ID-2",), instead(identity, backward=lambda dy, x: (x,))),
]  # fmt: skip
