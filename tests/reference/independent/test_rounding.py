"""Exact sums and fused products are rounded once, whatever the way to them."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradspec_reference.independent.rounding import exact_sum, fused
from gradspec_reference.numbers.formats import FORMATS

WIDTH = {"float32": 32, "float64": 64}


def finite(dtype: str) -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False, width=WIDTH[dtype])


def nearest(number: Fraction, dtype: str) -> float:
    """Round by the integers of the reference, which share nothing with the code under test."""
    return FORMATS[dtype].round(number.numerator, 1 - number.denominator.bit_length())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_a_sum_is_rounded_once(dtype: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(finite(dtype), max_size=6))
    got = exact_sum(values, np.dtype(dtype))
    assert got.dtype == dtype
    assert got == nearest(sum(map(Fraction, values), Fraction()), dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_a_fused_product_is_rounded_once(dtype: str, data: st.DataObject) -> None:
    a, b = data.draw(finite(dtype)), data.draw(finite(dtype))
    with np.errstate(all="ignore"):
        product = float(np.dtype(dtype).type(a) * np.dtype(dtype).type(b))
    assume(np.isfinite(product))
    c = data.draw(st.one_of(finite(dtype), st.just(-product)))
    assert fused(a, b, c, np.dtype(dtype)) == nearest(Fraction(a) * Fraction(b) + Fraction(c), dtype)


def test_float32_is_not_rounded_through_float64() -> None:
    assert exact_sum([1.0, 2.0**-24, 2.0**-60], np.dtype("float32")) == 1 + 2.0**-23
    assert exact_sum([1.0, 2.0**-24], np.dtype("float32")) == 1


def test_a_sum_may_pass_beyond_the_largest_number_and_come_back() -> None:
    largest = np.finfo("float64").max
    assert exact_sum([largest, largest, -largest], np.dtype("float64")) == largest


def test_infinities_and_nan_go_through() -> None:
    assert exact_sum([np.inf, 1.0], np.dtype("float32")) == np.inf
    assert np.isnan(exact_sum([np.inf, -np.inf], np.dtype("float64")))
    assert np.isnan(fused(0.0, np.inf, 1.0, np.dtype("float64")))
