"""What is proven: values in their intervals, points where arithmetic is exact, nothing where a kink is too near."""

import numpy as np
import pytest

from gradspec.corpus.case import Case
from gradspec.verdict.judge import Expectation
from gradspec_reference.cases import CASES, questions
from gradspec_reference.generate import prove_case
from gradspec_reference.numbers.formats import FORMATS
from gradspec_reference.prove import UnprovenError, evaluate, request_of


def test_every_value_lies_in_its_interval_and_is_of_its_dtype(cases: list[Case]) -> None:
    for case in cases:
        for i in (*case.outputs.values(), *case.gradients.values()):
            for array in (i.value, i.lo, i.hi):
                assert np.array_equal(array, array.astype(case.dtype).astype(np.float64), equal_nan=True), case.id
            assert ((i.lo <= i.value) & (i.value <= i.hi) | np.isnan(i.value)).all(), case.id


def test_exact_cases_have_points_for_intervals(cases: list[Case]) -> None:
    exact = [c for c in cases if "exact" in c.tags]
    assert exact
    for case in exact:
        for i in (*case.outputs.values(), *case.gradients.values()):
            assert np.array_equal(i.lo, i.hi), case.id


def test_the_float_reference_passes_everything(cases: list[Case]) -> None:
    declared = {c.id: c for c in cases}
    for layer in CASES:
        for dtype, form in FORMATS.items():
            for question in questions(layer, form):
                case = declared[f"{layer}/{dtype}/{question.name}"]
                outputs, gradients = evaluate(request_of(layer, dtype, question))
                for expected, got in ((case.outputs, outputs), (case.gradients, gradients)):
                    assert Expectation(expected, dtype).judge(got).findings == (), case.id


def test_a_kink_within_the_error_is_refused() -> None:
    case = next(c for c in CASES["two_layer_classifier"].cases(FORMATS["float64"]) if c.name == "mean")
    x = case.inputs["x"].copy()
    x[0] = 0.1, 0.2, 0.3
    w1, b1 = case.inputs["w1"].copy(), case.inputs["b1"].copy()
    w1[:, 0], b1[0] = (1.0, 1.0, -1.0), 0.0
    inputs = {**case.inputs, "x": x, "w1": w1, "b1": b1}
    near = type(case)(case.name, case.why, case.clauses, inputs, case.cotangents, case.attributes)
    with pytest.raises(UnprovenError, match="straddles"):
        prove_case("two_layer_classifier", "float64", near)
