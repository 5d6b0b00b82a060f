"""Balls and rounded numbers: what they promise, and the traps they are there to close."""

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce

import flint
import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from gradspec_reference.numbers.ball import Ball, UndecidedError
from gradspec_reference.numbers.formats import FLOAT32, FLOAT64
from gradspec_reference.numbers.left_out import LEFT_OUT
from gradspec_reference.numbers.model import Model
from gradspec_reference.numbers.operations import allowed, lift, mean, row_maximum, safe
from gradspec_reference.numbers.rounded import Rounded

MODEL = Model(FLOAT64)
moderate = st.floats(-1e6, 1e6, allow_subnormal=False)


@pytest.fixture(autouse=True, scope="module")
def precision() -> Iterator[None]:
    with flint.ctx.workprec(256):
        yield


def rounded(x: float) -> Rounded:
    return Rounded.of(MODEL, x)


def encloses(number: Rounded, x: float) -> bool:
    number = number.settle()
    return bool(abs(arb(x) - number.value) <= number.error)


class TestBall:
    def test_an_undecidable_comparison_is_not_false(self) -> None:
        with pytest.raises(UndecidedError):
            bool(Ball(arb(0, 1e-30)) > 0)

    def test_the_maximum_of_a_ball_that_spans_zero_is_not_zero(self) -> None:
        assert Ball(arb(0, 1)).maximum(0).value.contains(1)

    def test_what_passes_through_keeps_its_bits(self) -> None:
        assert math.copysign(1, Ball.of(-0.0).rounded_to(FLOAT64)) == -1

    def test_rounding_is_refused_while_the_ball_leaves_a_choice(self) -> None:
        assert Ball(arb(1, 2.0**-54)).rounded_to(FLOAT64) is None
        assert Ball(arb(1, 2.0**-60)).rounded_to(FLOAT64) == 1.0

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (lambda inf: inf - inf, math.nan),
            (lambda inf: inf * 0, math.nan),
            (lambda inf: inf * -2, -math.inf),
            (lambda inf: (-inf).exp(), 0.0),
            (lambda inf: inf.maximum(math.nan), math.nan),
            (lambda inf: Ball.of(3) / inf, 0.0),
        ],
    )
    def test_infinities_are_those_of_ieee_754(self, expression: Callable[[Ball], Ball], expected: float) -> None:
        assert expression(Ball.of(math.inf)).rounded_to(FLOAT64) == pytest.approx(expected, nan_ok=True)


class TestRounded:
    @given(st.lists(moderate, min_size=1, max_size=12), st.randoms())
    def test_sums_in_every_order_are_enclosed(self, terms: list[float], order: random.Random) -> None:
        bound = reduce(lambda a, b: a + b, map(rounded, terms))
        shuffled = terms[:]
        order.shuffle(shuffled)
        while len(shuffled) > 1:  # a random tree
            i = order.randrange(len(shuffled) - 1)
            shuffled[i : i + 2] = [shuffled[i] + shuffled[i + 1]]
        assert encloses(bound, shuffled[0])

    @given(st.lists(st.tuples(moderate, moderate), min_size=1, max_size=8))
    def test_products_summed_fused_or_not_are_enclosed(self, pairs: list[tuple[float, float]]) -> None:
        bound = reduce(lambda a, b: a + b, (rounded(x) * rounded(y) for x, y in pairs))
        plain, fused = 0.0, 0.0
        for x, y in pairs:
            plain += x * y
            fused = float(Fraction(x) * Fraction(y) + Fraction(fused))
        assert encloses(bound, plain)
        assert encloses(bound, fused)

    @given(moderate, moderate, moderate)
    def test_chains_of_other_operations_are_enclosed(self, x: float, y: float, z: float) -> None:
        a, b = rounded(x) * rounded(y) - rounded(z), rounded(y) + rounded(0.1)
        got = x * y - z
        assert encloses(a, got)
        if y + 0.1:
            assert encloses(a / b, got / (y + 0.1))
            assert encloses(a / b, got * (1 / (y + 0.1)))
        assert encloses(a.maximum(b), max(got, y + 0.1))

    @given(st.floats(-700, 700))
    def test_exponential_and_logarithm_are_enclosed(self, x: float) -> None:
        e = rounded(x).exp()
        assert encloses(e, math.exp(x))
        assert encloses(e.log(), math.log(math.exp(x)))

    @settings(max_examples=50)
    @given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=1, max_size=20))
    def test_sums_of_integer_products_are_exact(self, pairs: list[tuple[int, int]]) -> None:
        total = reduce(lambda a, b: a + b, (rounded(x) * rounded(y) for x, y in pairs)).settle()
        assert total.is_exact()
        assert float(total.value) == sum(x * y for x, y in pairs)

    def test_exactness_ends_where_the_significand_does(self) -> None:
        assert (rounded(2.0**53) + rounded(1)).settle().error > 0
        assert (rounded(2.0**52) + rounded(1)).settle().error == 0

    def test_a_sum_of_two_is_exact_where_the_result_is_representable(self) -> None:
        assert (rounded(2.0**53) + rounded(-1)).settle().error == 0
        assert (rounded(2.0**53) + rounded(-1) + rounded(0.5)).settle().error > 0

    def test_underflow_is_charged(self) -> None:
        product = (rounded(1.1e-200) * rounded(1.3e-120)).settle()
        assert encloses(product, 1.1e-200 * 1.3e-120)
        assert product.error >= 2.0**-1074

    def test_overflow_leaves_no_bound(self) -> None:
        with pytest.raises(UndecidedError):
            (rounded(1e200) * rounded(1e200)).settle()
        with pytest.raises(UndecidedError):
            rounded(710.0).exp()

    def test_a_threshold_within_the_error_is_refused(self) -> None:
        with pytest.raises(UndecidedError):
            bool(rounded(0.1) + rounded(0.2) - rounded(0.3) > 0)

    def test_exact_zero_is_decided(self) -> None:
        assert not rounded(2.0) - rounded(2.0) > 0

    def test_a_sign_that_is_not_known_does_not_meet_infinity(self) -> None:
        with pytest.raises(UndecidedError):
            (rounded(0.1) + rounded(0.2) - rounded(0.3)) * rounded(math.inf)

    def test_float32_has_its_own_roundoff(self) -> None:
        product = (Rounded.of(Model(FLOAT32), 1.25 + 2.0**-23) * Rounded.of(Model(FLOAT32), 1.5 + 2.0**-22)).settle()
        assert 2.0**-25 < float(product.error) < 2.0**-23


class TestNumeric:
    def test_rows_have_their_own_maximum(self) -> None:
        rows = np.array([[1.0, 3.0], [5.0, -2.0]])
        found = row_maximum(lift(rows, rounded))
        assert [float(x.value) for x in found.ravel()] == [3.0, 5.0]
        assert row_maximum(rows).tolist() == [[3.0], [5.0]]

    def test_mean_of_nothing_is_nan(self) -> None:
        assert math.isnan(mean(np.empty(0)))

    def test_the_hull_is_the_widest_admitted_formulation(self) -> None:
        x = lift(np.array([0.3, 0.7]), rounded)
        both = allowed(x, lambda v: v + v, lambda v: (v * 3) - v)
        narrow, wide = (x + x)[0].settle(), ((x * 3) - x)[0].settle()
        assert float(both[0].error) == float(wide.error) > float(narrow.error)

    def test_a_formulation_near_underflow_is_not_counted(self) -> None:
        tiny = lift(np.array([-720.0]), rounded)
        assert safe(tiny, np.exp)[0] is LEFT_OUT
        assert safe(lift(np.array([800.0]), rounded), np.exp)[0] is LEFT_OUT
        assert isinstance(safe(lift(np.array([-600.0]), rounded), np.exp)[0], Rounded)

    def test_what_is_left_out_does_not_widen_the_hull(self) -> None:
        x = lift(np.array([0.3, -720.0]), rounded)
        both = allowed(x, np.exp, lambda v: safe(v, np.exp) * 3 / 3)
        assert both[0].error > np.exp(x)[0].error
        assert float(both[1].error) == float(np.exp(x)[1].error)

    def test_an_algorithm_without_a_bound_is_refused(self) -> None:
        with pytest.raises(UndecidedError):
            allowed(lift(np.array([-720.0]), rounded), np.exp, lambda v: v / np.exp(v * 2))
