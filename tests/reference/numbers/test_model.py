"""Scalar factors and the rounding model: what they cost, where they are exact, what they let underflow."""

from fractions import Fraction

import pytest
from flint import arb

from gradspec_reference.numbers.ball import UndecidedError
from gradspec_reference.numbers.formats import FLOAT32, FLOAT64
from gradspec_reference.numbers.model import Model, Scale, odd_part

F = Fraction


@pytest.mark.parametrize(("number", "odd"), [(1, 1), (12, 3), (7, 7), (2**40, 1)])
def test_odd_part(number: int, odd: int) -> None:
    assert odd_part(number) == odd


@pytest.mark.parametrize(
    ("way", "roundings"),
    [
        ((F(1),), 0),
        ((F(-8),), 0),
        ((F(3),), 1),
        ((F(1, 4),), 0),
        ((F(1, 3),), 2),
        ((F(3, 2), F(1, 7)), 3),
        ((F(3), F(3, 2), F(2, 12)), 4),
        ((F(0), F(1, 4)), 0),
    ],
)
def test_each_product_costs_a_rounding_and_a_reciprocal_two(way: tuple[Fraction, ...], roundings: int) -> None:
    assert Scale([way]).roundings == roundings


def test_frames_are_all_partial_products_of_all_ways() -> None:
    scale = Scale([(F(-3), F(1, 4)), (F(-3), F(1, 2), F(1, 2))])
    assert scale.whole == F(-3, 4)
    assert scale.frames == [F(1, 4), F(1, 2), F(3, 4), F(1), F(3, 2), F(3)]


def test_a_frame_that_is_not_dyadic_leaves_nothing_exact() -> None:
    assert not Model(FLOAT64, Scale([(F(1, 3),)])).is_exact(0, arb(1), True)
    assert Model(FLOAT64, Scale([(F(1, 4),)])).is_exact(0, arb(1), True)


def test_an_exact_number_is_exact_in_every_frame_or_not_at_all() -> None:
    model = Model(FLOAT32, Scale([(F(3),)]))
    assert model.represents(arb(2**24 - 1), False)
    assert not model.represents(arb(2**24 - 1), True)  # three times as much needs more digits
    tiny = Model(FLOAT32, Scale([(F(2) ** -20,)]))
    assert tiny.represents(arb((1, -129)), True)
    assert not tiny.represents(arb((1, -130)), True)  # scaled, it lies below the smallest subnormal


def test_an_underflow_before_a_large_factor_is_charged_in_units_of_the_result() -> None:
    scale = Scale([(F(2) ** 20,)])
    assert Model(FLOAT64, scale).eta[True] == arb((1, -1074))
    assert Model(FLOAT64, Scale([(F(1, 2**20),)])).eta[True] == arb((1, -1054))


def test_factors_that_overflow_are_refused() -> None:
    with pytest.raises(UndecidedError):
        Model(FLOAT32, Scale([(F(2) ** 127, F(5, 2), F(1, 5))]))


def test_flushed_numbers_are_exact_where_they_are_normal() -> None:
    model = Model(FLOAT32, flush=True)
    assert model.represents(arb((1, -126)), False)
    assert not model.represents(arb((1, -127)), False)
    assert Model(FLOAT32).represents(arb((1, -149)), False)
    assert model.represents(arb(0), False)
