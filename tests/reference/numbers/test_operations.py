"""Operations on arrays of any kind of number."""

import math

import numpy as np
import pytest

from gradspec_reference.numbers.ball import UndecidedError
from gradspec_reference.numbers.bounded import LEFT_OUT
from gradspec_reference.numbers.formats import FLOAT64
from gradspec_reference.numbers.model import Model
from gradspec_reference.numbers.operations import allowed, lift, mean, row_maximum, safe
from gradspec_reference.numbers.rounded import Rounded

MODEL = Model(FLOAT64)


def rounded(x: float) -> Rounded:
    return Rounded.of(MODEL, x)


def test_rows_have_their_own_maximum() -> None:
    rows = np.array([[1.0, 3.0], [5.0, -2.0]])
    found = row_maximum(lift(rows, rounded))
    assert [float(x.value) for x in found.ravel()] == [3.0, 5.0]
    assert row_maximum(rows).tolist() == [[3.0], [5.0]]


def test_mean_of_nothing_is_nan() -> None:
    assert math.isnan(mean(np.empty(0)))


def test_the_hull_is_the_widest_allowed_algorithm() -> None:
    x = lift(np.array([0.3, 0.7]), rounded)
    both = allowed(x, lambda v: v + v, lambda v: (v * 3) - v)
    narrow, wide = (x + x)[0].settle(), ((x * 3) - x)[0].settle()
    assert float(both[0].error) == float(wide.error) > float(narrow.error)


def test_an_algorithm_near_underflow_is_left_out() -> None:
    tiny = lift(np.array([-720.0]), rounded)
    assert safe(tiny, np.exp)[0] is LEFT_OUT
    assert safe(lift(np.array([800.0]), rounded), np.exp)[0] is LEFT_OUT
    assert isinstance(safe(lift(np.array([-600.0]), rounded), np.exp)[0], Rounded)


def test_what_is_left_out_does_not_widen_the_hull() -> None:
    x = lift(np.array([0.3, -720.0]), rounded)
    both = allowed(x, np.exp, lambda v: safe(v, np.exp) * 3 / 3)
    assert both[0].error > np.exp(x)[0].error
    assert float(both[1].error) == float(np.exp(x)[1].error)


def test_an_algorithm_without_a_bound_is_refused() -> None:
    with pytest.raises(UndecidedError):
        allowed(lift(np.array([-720.0]), rounded), np.exp, lambda v: v / np.exp(v * 2))
