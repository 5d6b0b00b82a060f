"""What people get wrong in identity: the plumbing between a library and its caller."""

import numpy as np

from ..layers import identity
from ..mistake import DOUBLE, Mistake, instead
from ..numeric import Array, through_float32
from .common import column_major, flush, wrapped


def to_millionths(x: Array) -> Array:
    """Return `x` as a text of six decimals keeps it."""
    return np.where(abs(x) < 2.0**20, x + 1.5 * 2.0**32 - 1.5 * 2.0**32, x)


MISTAKES = [
    Mistake("sign_of_zero_lost", "-0.0 came back as +0.0", "Carry tensors as base64, or write -0.0 with its sign", ("ID-1", "CO-D4"), wrapped(identity, lambda x: x + 0.0)),
    Mistake("digits_lost_in_text", "Numbers lost their last digits, as in decimals that are too short", "Write the shortest decimals that read back as the same number, or use base64", ("ID-1", "PR-T2"),
            wrapped(identity, to_millionths)),
    Mistake("through_float32", "float64 values passed through float32", "Keep every buffer in the request's dtype", ("ID-1", "CO-D1"), wrapped(identity, through_float32),
            DOUBLE, "a float32 passes through float32 unchanged"),
    Mistake("column_major", "The elements came back in column-major order", "Read and write data in row-major order", ("ID-1", "PR-T1"), wrapped(identity, column_major)),
    Mistake("subnormals_flushed_to_zero", "Subnormal numbers came back as zero", "Switch FTZ and DAZ off", ("ID-1",), wrapped(identity, flush)),
    Mistake("infinities_made_finite", "Infinities came back as the largest finite number", "Carry infinities as they are", ("ID-1", "PR-T2"),
            wrapped(identity, lambda x: np.where(x > 1e38, 1e38, np.where(x < -1e38, -1e38, x)))),
    Mistake("nan_made_zero", "NaN came back as 0", "Carry NaN as it is", ("ID-1", "PR-T2"), wrapped(identity, lambda x: np.where(x == x, x, 0))),
    Mistake("cotangent_replaced_by_input", "The gradient is the input, not the cotangent", "dx has the bits of dy", ("ID-2",), instead(identity, backward=lambda dy, x: (x,))),
]  # fmt: skip
