"""Operations on arrays of any kind of number."""

import math

import numpy as np

from gradspec_reference.numbers.formats import FLOAT64
from gradspec_reference.numbers.operations import allowed, lift, mean, row_maximum, safe
from gradspec_reference.numbers.rounded import Model, Rounded

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


def test_an_algorithm_near_underflow_is_not_counted() -> None:
    tiny = lift(np.array([-720.0]), rounded)
    assert not safe(np.exp(tiny))[0].error.is_finite()
    assert safe(np.exp(lift(np.array([-600.0]), rounded)))[0].error.is_finite()
