"""A simple relation is seen where it holds for every element, and nowhere else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from gradspec.corpus.case import Case
from gradspec.diagnosis import relations as hypotheses
from gradspec.diagnosis.relations import Wrong, fitting


def wrong(cases: list[Case], case_id: str, path: str, change: Callable[[np.ndarray], np.ndarray]) -> Wrong:
    (case,) = (c for c in cases if c.id == case_id)
    interval = case.interval(path)
    return Wrong(case, path, np.asarray(change(interval.value.copy())), interval)


def at(index: object, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    def changed(value: np.ndarray) -> np.ndarray:
        value[index] = change(value[index])  # type: ignore[index,call-overload]
        return value

    return changed


def to_bfloat16(x: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


def to_float32(x: np.ndarray) -> np.ndarray:
    return x.astype("f4").astype("f8")


KINK, LOGITS = "relu/float64/kink_at_positive_zero", "softmax/float64/distinct_extents"
PRODUCT = "matmul/float64/all_extents_equal"
AFFINE, SQUARE = "affine/float64/distinct_extents", "affine/float64/all_extents_equal"  # N 4, D 3, H 5
RELATIONS = {
    "nan": (AFFINE, "outputs/y", lambda y: y * np.nan, "all_nan", "every element is NaN"),
    "zero": (AFFINE, "gradients/w", lambda w: w * 0, "all_zero", "every element is 0"),
    "sign": (AFFINE, "gradients/w", lambda w: -w, "constant_factor", "every element is the right one times -1"),
    "double": (AFFINE, "gradients/w", lambda w: 2 * w, "constant_factor", "times 2"),
    "half": (AFFINE, "gradients/w", lambda w: w / 2, "constant_factor", "times 1/2"),
    "N": (AFFINE, "gradients/w", lambda w: 4 * w, "constant_factor", "times N"),
    "1/N": (AFFINE, "gradients/w", lambda w: w / 4, "constant_factor", "times 1/N"),
    "1/H": (AFFINE, "gradients/x", lambda x: x / 5, "constant_factor", "times 1/H"),
    "other": (AFFINE, "gradients/w", lambda w: 1.375 * w, "constant_factor", "times 1.375"),
    "nearly 1": (AFFINE, "gradients/w", lambda w: w * (1 + 1e-7), "constant_factor", "times 1 + 1e-07"),
    "transposed": (SQUARE, "gradients/w", lambda w: w.T, "transposed", "its transpose is right"),
    "order": (AFFINE, "gradients/w", lambda w: w.T.reshape(w.shape), "column_major", "in column-major order"),
    "reversed": (AFFINE, "outputs/y", lambda y: y[::-1], "permuted", "its rows reversed"),
    "rolled": (AFFINE, "outputs/y", lambda y: np.roll(y, 1, 1), "permuted", "its columns in the order [1, 2, 3, 4, 0]"),
    "offset": (AFFINE, "outputs/y", lambda y: y + 0.375, "constant_offset", "too large by the same number"),
    "float32": (AFFINE, "outputs/y", to_float32, "lower_precision", "the 24 bits of float32"),
    "bfloat16": (AFFINE, "outputs/y", to_bfloat16, "lower_precision", "the 8 bits of bfloat16"),
    "last row": (AFFINE, "gradients/x", at(3, lambda x: x * 0), "one_line_wrong", "only the last row is wrong"),
    "first column": (AFFINE, "gradients/x", at(np.s_[:, 0], np.square), "one_line_wrong", "only the first column"),
    "kink": (KINK, "gradients/x", at(np.eye(2, dtype=bool), lambda x: x + 1), "wrong_at_kink", "where x is 0"),
    "echo": ("relu/float64/distinct_extents", "outputs/y", None, "echo", "it is the input x, unchanged"),
    "logits": (LOGITS, "outputs/probabilities", at((0, 1), lambda p: p + 1), "wrong_at_large_logits", "large logits"),
    "exchanged": (PRODUCT, "gradients/a", None, "exchanged", "it is the right gradients/b"),
}  # fmt: skip


GIVEN: dict[str, Callable[[Case], np.ndarray]] = {
    "echo": lambda case: case.inputs["x"].astype("f8"),
    "exchanged": lambda case: case.gradients["b"].value,
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_is_seen_where_it_holds(cases: list[Case], relation: str) -> None:
    case_id, path, change, name, evidence = RELATIONS[relation]
    (case,) = (c for c in cases if c.id == case_id)
    if change is not None:
        seen = wrong(cases, case_id, path, change)
    else:
        seen = Wrong(case, path, GIVEN[relation](case), case.interval(path))
    if relation == "logits":  # as if the first example's were large
        logits = case.inputs["logits"].copy()
        logits[0] = 800.0
        seen = dataclasses.replace(seen, case=dataclasses.replace(case, inputs={"logits": logits}))
    found = fitting(seen)
    assert next(iter(found)) == name, found
    assert evidence in found[name]


def test_every_relation_is_tested() -> None:
    assert {name for _, _, _, name, _ in RELATIONS.values()} == set(hypotheses.HYPOTHESES)


def test_no_relation_is_seen_in_noise(cases: list[Case]) -> None:
    noise = np.random.default_rng(7)
    for path in ("outputs/y", "gradients/x", "gradients/w", "gradients/b"):
        found = fitting(wrong(cases, AFFINE, path, lambda v: v + noise.normal(size=v.shape)))
        assert found == {}


def test_a_relation_that_all_but_one_element_have_is_not_seen(cases: list[Case]) -> None:
    assert "constant_factor" not in fitting(wrong(cases, AFFINE, "gradients/w", lambda w: at((1, 1), np.abs)(-3 * w)))


def test_a_scalar_has_no_factor_but_a_named_one(cases: list[Case]) -> None:
    """Any number is some multiple of any other."""
    loss = "squared_error/float64/mean"
    assert "constant_factor" not in fitting(wrong(cases, loss, "outputs/loss", lambda x: x * 1.2345))
    assert "times 2" in fitting(wrong(cases, loss, "outputs/loss", lambda x: x * 2))["constant_factor"]
