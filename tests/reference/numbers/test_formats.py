"""Rounding: once, to nearest or in a direction, from exact integers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec_reference.numbers.formats import FLOAT32, FLOAT64, Direction, Format

dyadics = st.tuples(st.integers(-(2**80), 2**80), st.integers(-1200, 900))


@given(dyadics)
def test_float64_agrees_with_the_rounding_of_fractions(dyadic: tuple[int, int]) -> None:
    man, exp = dyadic
    assert FLOAT64.round(man, exp) == float(Fraction(man) * Fraction(2) ** exp)


@given(st.integers(-(2**52), 2**52), st.integers(-200, 70))
def test_float32_agrees_with_the_conversion_of_exact_doubles(man: int, exp: int) -> None:
    assert FLOAT32.round(man, exp) == float(np.float32(math.ldexp(man, exp)))


def test_float32_is_not_rounded_through_float64() -> None:
    # 1 + 2^-24 + 2^-60: float64 drops the last bit, and what is left is a tie that goes to even.
    man = 2**60 + 2**36 + 1
    assert float(np.float32(float(Fraction(man, 2**60)))) == 1.0
    assert FLOAT32.round(man, -60) == 1.0 + 2.0**-23


@pytest.mark.parametrize("form", [FLOAT32, FLOAT64])
@given(dyadic=dyadics)
def test_directed_rounding_encloses_tightly(form: Format, dyadic: tuple[int, int]) -> None:
    man, exp = dyadic
    exact = Fraction(man) * Fraction(2) ** exp
    if abs(exact) >= Fraction(2) ** (form.limit - 1):
        return
    down, up = form.round(man, exp, Direction.DOWN), form.round(man, exp, Direction.UP)
    assert Fraction(down) <= exact <= Fraction(up)
    assert up == down or up == np.nextafter(np.array(down, form.name), np.array(np.inf, form.name))


def test_a_number_far_below_the_subnormals() -> None:
    assert FLOAT64.round(1, -(10**9)) == FLOAT64.round(1, -(10**9), Direction.DOWN) == 0.0
    assert FLOAT64.round(1, -(10**9), Direction.UP) == 2.0**-1074


def test_half_the_smallest_subnormal_is_a_tie() -> None:
    assert FLOAT64.round(1, -1075) == 0.0
    assert FLOAT64.round(3, -1076) == 2.0**-1074


def test_beyond_the_largest_number_is_infinity() -> None:
    assert FLOAT32.round(1, 128) == math.inf
    assert FLOAT32.round(-(2**25 - 1), 103) == -math.inf
    assert math.isfinite(FLOAT32.round(2**24 - 1, 104))
