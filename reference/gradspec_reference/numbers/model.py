"""The rounding model: what one operation may lose, and where scalar factors may be applied.

The rules and their proofs are in ``spec/accuracy.md``; the clause IDs below are its.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from .ball import UndecidedError, exact
from .formats import Format

ZERO = exact(0)
ONE = exact(1)
Shifts = list[tuple[int, int]]
SCALINGS = 4  # the most roundings, so the most underflows, with which scalar factors are applied to one number


def power_of_two(exponent: int) -> Any:
    """Return ``2**exponent`` as an exact ``arb``."""
    return arb((1, exponent))


def odd_part(number: int) -> int:
    """Return a positive integer without its factors of two."""
    return number // (number & -number)


class Scale:
    """A scalar factor of every term of some numbers, which may be applied at any place, in parts or whole [TO-F3].

    Such numbers are carried in units of the whole factor. A frame is what has been applied to a number at some place:
    the number that a computation stores there is ours times the frame.

    Attributes
    ----------
    roundings
        The most roundings that applying the factor costs a number.
    frames
        All partial products that are not 0.
    shifts
        For each frame, the exponent of its power of two and its odd part; None if a frame is not dyadic.
    """

    def __init__(self, ways: Iterable[Sequence[Fraction]]) -> None:
        """Take the `ways` to split the factor into parts that are applied one by one; each has the same product."""
        chains = [tuple(way) for way in ways]
        products = {_product(part) for chain in chains for r in range(len(chain) + 1) for part in _choices(chain, r)}
        self.whole = _product(chains[0])
        self.roundings = max(sum(map(_cost, chain)) for chain in chains)
        self.frames = sorted(abs(f) for f in products if f)
        self.shifts = _shifts(self.frames)

    def value(self) -> Any:
        """Return the whole factor."""
        return _arb(self.whole)


def _choices(chain: tuple[Fraction, ...], size: int) -> Iterable[tuple[Fraction, ...]]:
    return itertools.combinations(chain, size)


def _product(factors: Iterable[Fraction]) -> Fraction:
    product = Fraction(1)
    for factor in factors:
        product *= factor
    return product


def _cost(factor: Fraction) -> int:
    """Return the most roundings of a product with this: two where it is the reciprocal of an integer [TO-M6]."""
    if not factor:
        return 0
    return (odd_part(abs(factor.numerator)) != 1) + 2 * (odd_part(factor.denominator) != 1)


def _arb(number: Fraction) -> Any:
    return arb(fmpq(number.numerator, number.denominator))


def _shifts(frames: Iterable[Fraction]) -> Shifts | None:
    found = []
    for frame in frames:
        if odd_part(frame.denominator) != 1:
            return None
        odd = odd_part(frame.numerator)
        found.append(((frame.numerator // odd).bit_length() - frame.denominator.bit_length(), odd))
    return found


class Model:
    """The rounding model of one computation: a format, a scalar factor if there is one, and whether it may flush.

    What depends on whether a number carries the scalar factor is a pair: without it, and with it.

    Attributes
    ----------
    u
        Unit roundoff, with room for a second rounding out of a wider register [TO-M2].
    eta
        Worst absolute error of one underflow [TO-M5, TO-Z1]; a pair.
    floor
        Exponent of the smallest number that is never lost.
    limit
        Every finite value is smaller; a pair.
    shifts
        The frames in which an exact number must be exact; a pair.
    invertible
        Up to here the reciprocal of a number is normal [TO-M6].
    safe
        From here up, a relative error of u stands for the number's whole history [TO-F2].
    unit_error
        Relative error of the scalar factor, with all the roundings that applying it costs [TO-F3].
    """

    def __init__(self, form: Format, scale: Scale | None = None, flush: bool = False) -> None:
        self.form, self.scale, self.flush = form, scale, flush
        self.u = power_of_two(-form.precision) * (1 + power_of_two(-10))
        self.floor = form.smallest_normal if flush else form.grid
        self.smallest_normal = power_of_two(form.smallest_normal)
        self.invertible = power_of_two(-form.smallest_normal)
        self.safe = power_of_two(form.smallest_normal + form.precision)
        self.largest = power_of_two(form.limit)
        frames = scale.frames if scale else [Fraction(1)]
        eta = power_of_two(self.floor)
        self.eta = eta, eta / _arb(frames[0])
        self.limit = self.largest, self.largest / _arb(frames[-1])
        self.shifts: tuple[Shifts | None, Shifts | None] = ([(0, 1)], scale.shifts if scale else None)
        if not _arb(frames[-1]) < self.largest:
            raise UndecidedError("a product of the scalar factors overflows [TO-V1]")
        self.unit: Any = None  # the scalar factor as a number; see `rounded.unit`
        self.unit_error = self._unit_error() if scale else ZERO

    def gamma(self, roundings: int) -> Any:
        """Bound the relative effect of so many roundings in a row [TO-M4]."""
        return roundings * self.u / (1 - roundings * self.u)

    def _unit_error(self) -> Any:
        """Bound the relative error of the scalar factor, with all the roundings that applying it costs [TO-F3]."""
        assert self.scale is not None
        underflows = _arb(self.scale.frames[0]) < self.smallest_normal
        return self.gamma(self.scale.roundings) + (SCALINGS * self.eta[True] if underflows else ZERO)

    def is_exact(self, grid: int, magnitude: Any, scaled: bool) -> bool:
        """Tell whether multiples of ``2**grid`` up to `magnitude` are representable in every frame [TO-S2]."""
        shifts = self.shifts[scaled]
        if shifts is None:
            return False
        bound = power_of_two(grid + self.form.precision)
        return all(grid + shift >= self.floor and magnitude * odd <= bound for shift, odd in shifts)

    def represents(self, value: Any, scaled: bool) -> bool:
        """Tell whether an exact dyadic `value` is representable in every frame."""
        shifts = self.shifts[scaled]
        if shifts is None or not value.is_exact():
            return False
        man, exp = map(int, value.man_exp())
        for shift, odd in shifts:
            bits = (abs(man) * odd).bit_length()
            lowest = exp + shift + (bits - 1 if self.flush else 0)
            if man and (bits > self.form.precision or lowest < self.floor):
                return False
        return True
