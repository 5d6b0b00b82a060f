"""Balls: what they promise, and the traps that they close."""

import math
from collections.abc import Callable

import pytest
from flint import arb

from gradspec_reference.numbers.ball import Ball, UndecidedError
from gradspec_reference.numbers.formats import FLOAT64


def test_an_undecidable_comparison_is_not_false() -> None:
    with pytest.raises(UndecidedError):
        bool(Ball(arb(0, 1e-30)) > 0)


def test_the_maximum_of_a_ball_that_spans_zero_is_not_zero() -> None:
    assert Ball(arb(0, 1)).maximum(0).value.contains(1)


def test_what_passes_through_keeps_its_bits() -> None:
    assert math.copysign(1, Ball.of(-0.0).rounded_to(FLOAT64)) == -1


def test_rounding_is_refused_while_the_ball_leaves_a_choice() -> None:
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
def test_infinities_are_those_of_ieee_754(expression: Callable[[Ball], Ball], expected: float) -> None:
    assert expression(Ball.of(math.inf)).rounded_to(FLOAT64) == pytest.approx(expected, nan_ok=True)
