"""Balls and rounded numbers: what they promise, and the traps they are there to close."""

import math
import random
from fractions import Fraction
from functools import reduce

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from gradspec_reference.numbers.ball import UndecidedError
from gradspec_reference.numbers.formats import FLOAT32, FLOAT64
from gradspec_reference.numbers.model import Model
from gradspec_reference.numbers.rounded import Rounded

MODEL = Model(FLOAT64)
moderate = st.floats(-1e6, 1e6, allow_subnormal=False)


def rounded(x: float) -> Rounded:
    return Rounded.of(MODEL, x)


def encloses(number: Rounded, x: float) -> bool:
    number = number.settle()
    return bool(abs(arb(x) - number.value) <= number.error)


@given(st.lists(moderate, min_size=1, max_size=12), st.randoms())
def test_sums_in_every_order_are_enclosed(terms: list[float], order: random.Random) -> None:
    bound = reduce(lambda a, b: a + b, map(rounded, terms))
    shuffled = terms[:]
    order.shuffle(shuffled)
    while len(shuffled) > 1:  # a random tree
        i = order.randrange(len(shuffled) - 1)
        shuffled[i : i + 2] = [shuffled[i] + shuffled[i + 1]]
    assert encloses(bound, shuffled[0])


@given(st.lists(st.tuples(moderate, moderate), min_size=1, max_size=8))
def test_products_summed_fused_or_not_are_enclosed(pairs: list[tuple[float, float]]) -> None:
    bound = reduce(lambda a, b: a + b, (rounded(x) * rounded(y) for x, y in pairs))
    plain, fused = 0.0, 0.0
    for x, y in pairs:
        plain += x * y
        fused = float(Fraction(x) * Fraction(y) + Fraction(fused))
    assert encloses(bound, plain)
    assert encloses(bound, fused)


@given(moderate, moderate, moderate)
def test_chains_of_other_operations_are_enclosed(x: float, y: float, z: float) -> None:
    a, b = rounded(x) * rounded(y) - rounded(z), rounded(y) + rounded(0.1)
    got = x * y - z
    assert encloses(a, got)
    if y + 0.1:
        assert encloses(a / b, got / (y + 0.1))
        assert encloses(a / b, got * (1 / (y + 0.1)))
    assert encloses(a.maximum(b), max(got, y + 0.1))


@given(st.floats(-700, 700))
def test_exponential_and_logarithm_are_enclosed(x: float) -> None:
    e = rounded(x).exp()
    assert encloses(e, math.exp(x))
    assert encloses(e.log(), math.log(math.exp(x)))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=1, max_size=20))
def test_sums_of_integer_products_are_exact(pairs: list[tuple[int, int]]) -> None:
    total = reduce(lambda a, b: a + b, (rounded(x) * rounded(y) for x, y in pairs)).settle()
    assert total.is_exact()
    assert float(total.value) == sum(x * y for x, y in pairs)


def test_exactness_ends_where_the_significand_does() -> None:
    assert (rounded(2.0**53) + rounded(1)).settle().error > 0
    assert (rounded(2.0**52) + rounded(1)).settle().error == 0


def test_a_sum_of_two_is_exact_where_the_result_is_representable() -> None:
    assert (rounded(2.0**53) + rounded(-1)).settle().error == 0
    assert (rounded(2.0**53) + rounded(-1) + rounded(0.5)).settle().error > 0


def test_underflow_is_charged() -> None:
    product = (rounded(1.1e-200) * rounded(1.3e-120)).settle()
    assert encloses(product, 1.1e-200 * 1.3e-120)
    assert product.error >= 2.0**-1074


def test_overflow_leaves_no_bound() -> None:
    with pytest.raises(UndecidedError):
        (rounded(1e200) * rounded(1e200)).settle()
    with pytest.raises(UndecidedError):
        rounded(710.0).exp()


def test_a_threshold_within_the_error_is_refused() -> None:
    with pytest.raises(UndecidedError):
        bool(rounded(0.1) + rounded(0.2) - rounded(0.3) > 0)


def test_exact_zero_is_decided() -> None:
    assert not rounded(2.0) - rounded(2.0) > 0


def test_a_sign_that_is_not_known_does_not_meet_infinity() -> None:
    with pytest.raises(UndecidedError):
        (rounded(0.1) + rounded(0.2) - rounded(0.3)) * rounded(math.inf)


def test_float32_has_its_own_roundoff() -> None:
    product = (Rounded.of(Model(FLOAT32), 1.25 + 2.0**-23) * Rounded.of(Model(FLOAT32), 1.5 + 2.0**-22)).settle()
    assert 2.0**-25 < float(product.error) < 2.0**-23
