"""The schemas: two validators judge alike, and the documents of the corpus are valid."""

import copy
import json
from collections.abc import Callable
from functools import cache, reduce
from typing import Any

import jsonschema
import pytest
import referencing
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradspec.corpus.location import FIXTURES
from gradspec.corpus.schema import validator
from messages import VALID, Message, places, view
from paths import ROOT

SCHEMAS = sorted((ROOT / "spec" / "schemas").glob("*.json"))


@cache
def registry() -> Any:
    documents = [json.loads(path.read_text()) for path in SCHEMAS]
    return referencing.Registry().with_resources(
        (document["$id"], referencing.Resource.from_contents(document)) for document in documents
    )


@cache
def other_validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "spec" / "schemas" / f"{name}.schema.json").read_text())
    return jsonschema.Draft202012Validator(schema, registry=registry())


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_valid_and_named_after_its_file(path: Any) -> None:
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].split(":")[-1] + ".schema.json" == path.name


@pytest.mark.parametrize(
    ("schema", "path"),
    [("layer", path) for path in sorted((ROOT / "spec" / "layers").glob("*.json"))]
    + [("manifest", FIXTURES / "manifest.json")],
    ids=lambda part: getattr(part, "name", part),
)
def test_a_document_of_the_corpus_is_valid(schema: str, path: Any) -> None:
    document = json.loads(path.read_text())
    assert [fault.message for fault in other_validator(schema).iter_errors(document)] == []
    assert validator(schema).is_valid(document)


def test_the_list_of_rejections_is_valid() -> None:
    document = json.loads((FIXTURES / "refusals.json").read_text())
    assert [fault.message for fault in other_validator("refusals").iter_errors(document)] == []
    assert validator("refusals").is_valid(document)


@pytest.mark.parametrize(("schema", "message"), VALID)
def test_both_validators_take_a_valid_message(schema: str, message: Message) -> None:
    assert [fault.message for fault in other_validator(schema).iter_errors(message)] == []
    assert validator(schema).is_valid(message)


NEWS = st.sampled_from(
    [None, True, -1, 0, 1.0, 1.5, 2**53, 2**63, "", "NaN", "float16", "Layer", "x y", [], [1, 1], {}, {"same": "a"}]
)


def replace(parent: Any, key: Any, new: Any) -> None:
    parent[key] = new


def remove(parent: Any, key: Any, _: Any) -> None:
    del parent[key]


def rename(parent: Any, key: Any, new: Any) -> None:
    assume(isinstance(parent, dict) and isinstance(new, str))
    parent[new] = parent.pop(key)


def add(parent: Any, key: Any, new: Any) -> None:
    assume(isinstance(parent, dict))
    parent["strides" if isinstance(new, list) else "extra"] = new


@settings(max_examples=300)
@given(st.sampled_from(VALID), st.data(), st.sampled_from([replace, remove, rename, add]), NEWS)
def test_both_validators_judge_a_mutated_message_alike(
    valid: tuple[str, Message], data: st.DataObject, change: Callable[[Any, Any, Any], None], new: Any
) -> None:
    schema, message = valid[0], copy.deepcopy(valid[1])
    *way, key = data.draw(st.sampled_from(places(message)))
    change(reduce(lambda value, step: value[step], way, message), key, new)
    assert validator(schema).is_valid(message) == other_validator(schema).is_valid(message)


WRONG_MESSAGES: dict[str, tuple[str, Message]] = {
    "strides without offset": (
        "evaluate",
        {"inputs": {"x": {"dtype": "float64", "shape": [], "data": [], "strides": []}}},
    ),
    "an aliased input with data": ("evaluate", {"inputs": {"x": {"same": "a", "data": []}}}),
    "an aliased input with a shape alone": ("evaluate", {"inputs": {"x": {"same": "a", "shape": []}}}),
    "a gradient twice": ("evaluate", {"gradients": ["x", "x"]}),
    "a negative size": ("evaluate", {"inputs": {"x": {"dtype": "float64", "shape": [-1], "data": []}}}),
    "an id that doubles cannot tell": ("evaluate", {"id": 2**53}),
    "a view in a reply": ("result", {"outputs": {"y": view([1.0], [1], [1], 0)}}),
    "labels in a reply": ("result", {"outputs": {"y": {"dtype": "int64", "shape": [], "data": [1]}}}),
    "an unknown key in a reply": ("result", {"seconds": 1.0}),
    "an unknown capability": ("hello-reply", {"capabilities": ["speed"]}),
    "no dtype": ("hello-reply", {"layers": {"relu": {"dtypes": []}}}),
    "another protocol": ("hello-reply", {"protocol": 2}),
    "a reason that is none": ("refusal", {"reason": "tired"}),
}


@pytest.mark.parametrize(("schema", "changes"), WRONG_MESSAGES.values(), ids=WRONG_MESSAGES)
def test_both_validators_refuse_a_wrong_message(schema: str, changes: Message) -> None:
    message = next(valid for name, valid in VALID if name == schema) | changes
    assert not validator(schema).is_valid(message)
    assert not other_validator(schema).is_valid(message)
