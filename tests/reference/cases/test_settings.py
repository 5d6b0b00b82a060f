"""gradspec_reference.cases.settings: an edge case is written once and asked under every setting."""

import numpy as np
import pytest

from gradspec.corpus.spec import layers
from gradspec_reference.cases import CASES, questions
from gradspec_reference.cases.settings import core, questions_of
from gradspec_reference.numbers.formats import FLOAT64, FORMATS


@pytest.mark.parametrize("layer", CASES)
def test_what_is_written_stays_as_it_is_but_for_tags(layer: str) -> None:
    for form in FORMATS.values():
        written, asked = CASES[layer].cases(form), questions(layer, form)
        for before, after in zip(written, asked, strict=False):
            assert (before.name, before.why, before.clauses) == (after.name, after.why, after.clauses)
            assert all(before.inputs[k].tobytes() == array.tobytes() for k, array in after.inputs.items())
            assert set(before.tags) <= set(after.tags)
        assert len({question.name for question in asked}) == len(asked)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("logits_800", "logits_800"),
        ("empty_batch_mean", "empty_batch"),
        ("empty_batch_none_columns", "empty_batch"),
        ("kink_columns", "kink"),
        ("none", "none"),
    ],
)
def test_the_core_of_a_name_has_no_setting(name: str, expected: str) -> None:
    assert core(name) == expected


def test_examples_turn_and_the_cotangent_takes_the_shape_of_the_loss() -> None:
    asked = {q.name: q for q in questions("two_layer_classifier", FLOAT64)}
    first, turned = asked["logits_800"], asked["logits_800_none_columns"]
    assert turned.attributes == {"layout": "columns", "reduction": "none"}
    for name, array in first.inputs.items():
        assert np.array_equal(turned.inputs[name], array.T)
        assert turned.inputs[name].flags.c_contiguous
    assert first.cotangents["loss"].shape == ()
    assert turned.cotangents["loss"].shape == (3,)
    assert "erratum" not in turned.tags


def test_a_cotangent_stays_where_only_the_factor_of_the_mean_goes() -> None:
    asked = {q.name: q for q in questions("linear_classifier", FLOAT64)}
    assert asked["logits_800_sum"].cotangents["loss"] == asked["logits_800"].cotangents["loss"]


def test_every_question_keeps_to_the_contract() -> None:
    for layer in CASES:
        for question in questions(layer, FLOAT64):
            wanted = layers()[layer].differentiable if question.gradients else []
            arguments = question.attributes, question.inputs, question.cotangents, wanted
            layers()[layer].check("float64", *arguments)


def test_no_more_is_derived_than_lacks() -> None:
    once = questions("squared_error", FLOAT64)
    assert [q.name for q in questions_of("squared_error", FLOAT64, once)] == [q.name for q in once]
