"""What rows of a softmax know: how errors of logits move probabilities, and what merging blocks costs."""

from collections.abc import Iterator

import flint
import numpy as np
import pytest
from flint import arb

from gradspec_reference.numbers.formats import FLOAT32
from gradspec_reference.numbers.left_out import LEFT_OUT
from gradspec_reference.numbers.model import ONE, Model
from gradspec_reference.numbers.operations import Array, lift
from gradspec_reference.numbers.rounded import Rounded
from gradspec_reference.numbers.rows import as_computed, between_zero_and_one, rescaled, sway, through_two_layers

MODEL = Model(FLOAT32)


@pytest.fixture(autouse=True, scope="module")
def precision() -> Iterator[None]:
    with flint.ctx.workprec(256):
        yield


def rounded(x: float) -> Rounded:
    return Rounded.of(MODEL, x)


def uncertain(value: float, error: float) -> Rounded:
    return Rounded(MODEL, arb(value), arb(error))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def test_errors_of_logits_move_probabilities_as_far_as_is_said_and_no_further() -> None:
    random = np.random.default_rng(1)
    x, errors = random.normal(size=(20, 4)) * 2, random.uniform(0, 0.5, size=(20, 4))
    logits = np.array([[uncertain(a, e) for a, e in zip(*row, strict=True)] for row in zip(x, errors, strict=True)])
    own = as_computed(logits)
    by = sway(lift(softmax(x), rounded), own)
    assert by is not None
    bound = np.array([[float(b) for b in row] for row in by])
    worst = np.zeros_like(x)
    for j in range(4):
        for direction in (1, -1):
            moved = x - direction * errors
            moved[:, j] = x[:, j] + direction * errors[:, j]
            worst[:, j] = np.maximum(worst[:, j], abs(np.log(softmax(moved) / softmax(x)))[:, j])
    assert np.allclose(bound, worst, rtol=1e-6)
    for _ in range(200):
        moved = softmax(x + errors * random.uniform(-1, 1, size=x.shape))
        assert (abs(np.log(moved / softmax(x))) <= bound * (1 + 1e-9)).all()


def test_exact_logits_move_nothing() -> None:
    logits = lift(np.array([[1.0, 2.0]]), rounded)
    assert sway(logits, as_computed(logits)) is None


def test_one_computed_logit_stays_one_number() -> None:
    x = uncertain(1.5, 0.25)
    own = as_computed(np.array([[x, x]], dtype=object))
    assert own[0, 0] is own[0, 1]
    assert (own[0, 0] - own[0, 1]).is_zero()


def test_a_probability_stays_between_zero_and_one() -> None:
    p = between_zero_and_one(np.array([[uncertain(0.25, 3.0), rounded(0.5)]], dtype=object), None)
    assert p[0, 0].least == 0
    assert 1 < float(p[0, 0].most) < 1 + 1e-6
    assert float(p[0, 0].error) < 0.751
    assert p[0, 1].is_exact()


def test_a_term_of_a_merged_sum_pays_for_each_larger_logit() -> None:
    logits = lift(np.array([[0.0, 3.0, 1.0, 3.0]]), rounded)
    e = np.exp(lift(np.array([[-3.0, 0.0, -2.0, 0.0]]), rounded))
    found = rescaled(e, logits)
    own = [float((b.error - a.error) / a.value / MODEL.u) for a, b in zip(e[0], found[0], strict=True)]
    assert own == pytest.approx([9 * 3 + 1, 0, 9 * 2 + 1, 0], rel=1e-4)


def test_a_logit_that_may_be_larger_counts() -> None:
    logits = np.array([[uncertain(1.0, 0.5), uncertain(1.25, 0.5), rounded(-3.0)]], dtype=object)
    e = np.exp(lift(np.array([[-0.25, 0.0, -4.25]]), rounded))
    found = rescaled(e, logits)
    assert [bool(b.error > a.error) for a, b in zip(e[0], found[0], strict=True)] == [True, True, True]


def test_a_cotangent_goes_through_two_layers_where_the_probability_is_safe() -> None:
    w = lift(np.array([0.5, 0.5, 0.5]), rounded)
    p = np.array([uncertain(0.25, 1e-9), uncertain(2.0**-120, 2.0**-140), rounded(1.0)], dtype=object)
    found = through_two_layers(w, p)
    assert found[0].error >= 5 * MODEL.u * arb(0.5)
    assert found[1] is LEFT_OUT
    assert found[2] is w[2]
    assert found[2].value * 2 == ONE
