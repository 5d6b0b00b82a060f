"""Portable numbers are those of IEEE 754, with functions that are correctly rounded."""

from __future__ import annotations

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec_reference.numbers.formats import FORMATS
from gradspec_reference.numbers.portable import Portable


@pytest.mark.parametrize("dtype", FORMATS)
@given(data=st.data())
def test_portable_numbers_are_ieee_numbers(dtype: str, data: st.DataObject) -> None:
    width = 64 if dtype == "float64" else 32
    a, b = (np.dtype(dtype).type(data.draw(st.floats(width=width))) for _ in "ab")
    x, y = Portable.of(dtype, float(a)), Portable.of(dtype, float(b))
    with np.errstate(all="ignore"):
        for portable, native in ((x + y, a + b), (x - y, a - b), (x * y, a * b), (x / y, a / b), (-x, -a)):
            assert portable.x.dtype == native.dtype
            assert np.array_equal(portable.x, native, equal_nan=True)
    assert [x > y, x >= y, x < y, x <= y, x == y] == [a > b, a >= b, a < b, a <= b, a == b]


@pytest.mark.parametrize("dtype", FORMATS)
@given(data=st.data())
def test_portable_functions_are_correctly_rounded(dtype: str, data: st.DataObject) -> None:
    width = 64 if dtype == "float64" else 32
    number = data.draw(st.floats(-80, 80, width=width))
    with mpmath.workprec(400), flint.ctx.workprec(256):
        for got, true in (
            (Portable.of(dtype, number).exp(), mpmath.exp(number)),
            (abs(Portable.of(dtype, number)).log(), mpmath.log(abs(number)) if number else -mpmath.inf),
        ):
            if not mpmath.isfinite(true):
                assert float(got) == float(true)
                continue
            unit = float(np.spacing(abs(got.x)))
            assert abs(mpmath.mpf(float(got)) - true) <= mpmath.mpf(unit) / 2
