"""Binary floating-point formats, and exact rounding of dyadic numbers into them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum


class Direction(Enum):
    """Where a number between two floats goes."""

    NEAREST = "nearest"  # ties to even
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Format:
    """An IEEE 754 binary format, given by its precision and the range of its exponents.

    Attributes
    ----------
    name
        The dtype's name, as requests spell it.
    precision
        Bits of the significand, the implicit one included.
    grid
        Exponent of the smallest subnormal: every value is a multiple of ``2**grid``.
    limit
        Every finite value is below ``2**limit`` in magnitude.
    """

    name: str
    precision: int
    grid: int
    limit: int

    @property
    def smallest_normal(self) -> int:
        """Exponent of the smallest normal number."""
        return self.grid + self.precision - 1

    def round(self, man: int, exp: int, direction: Direction = Direction.NEAREST) -> float:
        """Round ``man * 2**exp`` once, and return the result as a Python float.

        No intermediate format is passed through: rounding to float32 by way of float64 would round twice.
        What lies beyond the finite range becomes an infinity.
        """
        sign, size = (-1, -man) if man < 0 else (1, man)
        if exp + size.bit_length() < self.grid - 2:
            size, exp = min(size, 1), self.grid - 3  # rounds as any tiny number does, without a huge shift
        unit = max(exp + size.bit_length() - self.precision, self.grid)
        below = 1 << max(unit - exp, 0)
        quotient, rest = divmod(size << max(exp - unit, 0), below)
        if direction is Direction.NEAREST:
            quotient += 2 * rest > below or (2 * rest == below and quotient & 1)
        elif rest and (direction is Direction.UP) == (sign > 0):
            quotient += 1
        if quotient.bit_length() + unit > self.limit:
            return sign * math.inf
        return sign * math.ldexp(quotient, unit)


FLOAT64 = Format("float64", precision=53, grid=-1074, limit=1024)
FLOAT32 = Format("float32", precision=24, grid=-149, limit=128)
FORMATS = {f.name: f for f in (FLOAT64, FLOAT32)}
