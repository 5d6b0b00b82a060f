"""The requests that must be refused: each breaks the contract, and every layer has every kind."""

import pytest

from gradspec.candidate import answer
from gradspec.corpus.spec import layers
from gradspec.transport.protocol import REQUESTS, dump, parse
from gradspec.verdict import rejections
from gradspec.verdict.rejections import Rejection

ALL = rejections.load()


@pytest.mark.parametrize("rejection", ALL, ids=lambda r: r.id)
def test_the_contract_refuses_it_with_a_clause_or_a_rule(rejection: Rejection) -> None:
    spec = layers()[rejection.layer]
    declared = {rejection.layer: {"dtypes": ["float64"], "attributes": spec.attributes}}
    for encoding in ("base64", "list"):
        request = parse(dump(rejection.message(1, encoding)), REQUESTS)
        reply = answer(request, {}, declared, encoding)
        assert (reply["kind"], reply["reason"]) == ("refusal", "invalid_input"), reply["message"]
        assert reply["message"].startswith(rejection.layer)


def test_every_layer_has_rejections_of_every_kind() -> None:
    for name, layer in layers().items():
        found = {r.id.split("/")[2] for r in ALL if r.layer == name}
        assert {"missing_input", "unknown_input", "unknown_attribute", "integer_input", "cotangent_missing"} <= found
        if any(t.name == "labels" for t in layer.inputs):
            wanted = {"label_too_large", "label_negative", "float_labels", "labels_as_column", "no_classes"}
            assert wanted <= found
        if "layout" in layer.attributes:
            assert "unknown_layout" in found
        if any(t.name == "b" for t in layer.inputs) and name != "matmul":
            assert {
                "b_as_row",
                "b_as_column",
                "b_rank_too_low",
                "b_one_along_" + layer.inputs[-2].shape[-1].lower(),
            } & found


def test_ids_are_unique() -> None:
    assert len({r.id for r in ALL}) == len(ALL)
