"""The protocol: tensors survive the way there and back, lines are valid or refused, the page's conversation is true."""

import base64
import copy
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import cache, reduce
from typing import Any

import jsonschema
import numpy as np
import orjson
import pytest
import referencing
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gradspec import candidate
from gradspec.candidate import Tensors, answer
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.schema import validator
from gradspec.corpus.tensors import ProtocolError, decode, encode
from gradspec.corpus.text import printable, shorten
from gradspec.transport import protocol
from gradspec.transport.protocol import REPLIES, REQUESTS, dump, hello, parse
from paths import ROOT

Message = dict[str, Any]

WORDS = {"float64": (np.uint64, np.float64), "float32": (np.uint32, np.float32), "int64": (np.int64, np.int64)}
ENCODINGS = ("base64", "list")
SCHEMAS = sorted((ROOT / "spec" / "schemas").glob("*.json"))
SHAPES = st.lists(st.integers(0, 3), max_size=4)


# Tensors.


@st.composite
def arrays(draw: st.DrawFn, dtypes: tuple[str, ...] = ("float64", "float32", "int64")) -> Any:
    bits, dtype = WORDS[draw(st.sampled_from(dtypes))]
    shape, limits = draw(SHAPES), np.iinfo(bits)
    size = int(np.prod(shape, dtype=int))
    words = draw(st.lists(st.integers(int(limits.min), int(limits.max)), min_size=size, max_size=size))
    return np.array(words, dtype=bits).view(dtype).reshape(shape)


def there_and_back(array: Any, encoding: str) -> Any:
    """Go through the bytes of a line, as a tensor does."""
    return decode(orjson.loads(orjson.dumps(encode(array, encoding))))


def bits_of(array: Any) -> Any:
    return np.ascontiguousarray(array).view(WORDS[array.dtype.name][0])


def same_numbers(before: Any, after: Any) -> bool:
    """Compare bit for bit, but any NaN with any."""
    same = (bits_of(before) == bits_of(after)) | (np.isnan(before) & np.isnan(after))
    return before.shape == after.shape and before.dtype == after.dtype and bool(same.all())


@given(arrays())
def test_base64_keeps_every_bit(array: Any) -> None:
    after = there_and_back(array, "base64")
    assert (after.dtype, after.shape, after.tobytes()) == (array.dtype, array.shape, array.tobytes())


@given(arrays())
def test_list_keeps_every_number_the_sign_of_zero_and_nan(array: Any) -> None:
    assert same_numbers(array, there_and_back(array, "list"))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_special_numbers_survive(encoding: str, dtype: str) -> None:
    tiny, largest = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    array = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, tiny, -tiny, largest, -largest], dtype=dtype)
    assert same_numbers(array, there_and_back(array, encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0), (2, 0, 3), (1,), (1, 1, 1, 1)])
def test_rank_0_and_extents_of_0_survive(encoding: str, shape: tuple[int, ...]) -> None:
    after = there_and_back(np.zeros(shape), encoding)
    assert after.shape == shape


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3).T, np.arange(6.0)[::-2], np.arange(3, dtype=">f8")])
def test_a_tensor_is_row_major_and_little_endian_however_it_lies_in_memory(encoding: str, array: Any) -> None:
    tensor = encode(array, encoding)
    assert "strides" not in tensor
    np.testing.assert_array_equal(decode(tensor), array)


@given(arrays(), st.sampled_from(ENCODINGS))
def test_an_encoded_tensor_is_valid(array: Any, encoding: str) -> None:
    assert validator("tensor").is_valid(orjson.loads(orjson.dumps(encode(array, encoding))))


def test_list_writes_numbers_as_the_spec_says() -> None:
    """PR-T2: the shortest decimals, -0.0 as `-0.0`, the others as words."""
    line = orjson.dumps(encode(np.array([-0.0, 0.1, np.nan, np.inf, -np.inf]), "list")["data"])
    assert line == b'[-0.0,0.1,"NaN","Infinity","-Infinity"]'


def test_base64_is_the_bytes_of_the_elements() -> None:
    assert encode(np.array([1.0]), "base64")["data"] == base64.b64encode(b"\0\0\0\0\0\0\xf0\x3f").decode()


WRONG_TENSORS: dict[str, Message] = {
    "too few elements": {"shape": [2], "data": [1.0]},
    "too many elements": {"shape": [], "data": [1.0, 2.0]},
    "elements in an empty tensor": {"shape": [0], "data": [1.0]},
    "base64 without padding": {"shape": [], "data": "AAAAAAAA8D8"},
    "base64 with a line break": {"shape": [], "data": "AAAA\nAAAA8D8="},
    "base64 with a letter beyond ASCII": {"shape": [], "data": "é" * 12},
    "base64 of half an element": {"shape": [1], "data": "AAAAAA=="},
    "an integer beyond int64": {"dtype": "int64", "shape": [1], "data": [2**63]},
    "an integer with a fraction": {"dtype": "int64", "shape": [1], "data": [0.5]},
    "an integer that is a word": {"dtype": "int64", "shape": [1], "data": ["NaN"]},
    "more axes than numpy has": {"shape": [1] * 65, "data": [1.0]},
    "an extent beyond memory next to one of 0": {"shape": [2**62, 2**62, 0], "data": []},
    "an extent beyond int64 next to one of 0": {"shape": [10**30, 0], "data": []},
}


@pytest.mark.parametrize("tensor", WRONG_TENSORS.values(), ids=WRONG_TENSORS)
def test_a_tensor_that_does_not_hold_what_it_says_is_refused(tensor: Message) -> None:
    with pytest.raises(ProtocolError):
        decode({"dtype": "float64", **tensor})


# Views.


def view(data: Any, shape: Any, strides: Any, offset: Any) -> Message:
    return {"dtype": "float64", "shape": shape, "data": data, "strides": strides, "offset": offset}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data())
def test_a_view_is_what_as_strided_says(encoding: str, data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    strides = [data.draw(st.integers(0, 7)) for _ in shape]
    offset = data.draw(st.integers(0, 5))
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True) if n)
    buffer = np.arange(last + 1 + data.draw(st.integers(0, 3)), dtype=np.float64)
    expected = np.lib.stride_tricks.as_strided(buffer[offset:], shape, [8 * s for s in strides])
    tensor = encode(buffer, encoding) | {"shape": shape, "strides": strides, "offset": offset}
    np.testing.assert_array_equal(decode(tensor), expected)


RIGHT_VIEWS: dict[str, tuple[Message, Any]] = {
    "a transpose": (view([1.0, 2.0, 3.0, 4.0], [2, 2], [1, 2], 0), [[1.0, 3.0], [2.0, 4.0]]),
    "one element repeated": (view([5.0], [3], [0], 0), [5.0, 5.0, 5.0]),
    "a scalar within": (view([1.0, 2.0], [], [], 1), 2.0),
    "nothing of nothing": (view([], [0], [1], 0), []),
    "nothing from beyond the end": (view([1.0], [0, 2], [1, 1], 9), np.empty((0, 2))),
    "integers written with a fraction": (view([1.0, 2.0], [1.0], [1.0], 1.0), [2.0]),
    "a stride that is never taken": (view([1.0], [1], [2**62], 0), [1.0]),
    "a stride that an extent of 0 never takes": (view([], [0], [2**62], 0), []),
}


@pytest.mark.parametrize(("tensor", "expected"), RIGHT_VIEWS.values(), ids=RIGHT_VIEWS)
def test_a_view_decodes(tensor: Message, expected: Any) -> None:
    assert validator("tensor").is_valid(tensor)
    np.testing.assert_array_equal(decode(tensor), np.array(expected, dtype=np.float64))


WRONG_VIEWS: dict[str, Message] = {
    "one element too far": view([1.0, 2.0], [2], [1], 1),
    "a stride too long": view([1.0, 2.0, 3.0], [2, 2], [2, 1], 0),
    "an offset beyond the data": view([1.0], [1], [1], 2**62),
    "a scalar of nothing": view([], [], [], 0),
    "fewer strides than axes": view([1.0], [1], [], 0),
    "more strides than axes": view([1.0], [], [1], 0),
    "a view beyond memory": view([1.0], [2**62], [0], 0),
    "more axes than numpy has": view([1.0], [1] * 65, [0] * 65, 0),
}


@pytest.mark.parametrize("tensor", WRONG_VIEWS.values(), ids=WRONG_VIEWS)
def test_a_view_that_leaves_its_data_is_refused(tensor: Message) -> None:
    with pytest.raises(ProtocolError):
        decode(tensor)


# Lines.


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NESTED = b'{"kind":"evaluate","id":' + b"[" * 5000 + b"]" * 5000 + b"}"
GARBAGE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "no kind": b"{}",
    "a kind that is no string": b'{"kind":[]}',
    "an unknown kind": b'{"kind":"goodbye"}',
    "not UTF-8": b'{"kind":"\xff"}',
    "a lone surrogate": rb'{"kind":"bye","x":"\ud800"}',
    "two documents": b'{"kind":"bye"} {"kind":"bye"}',
    "half a document": b'{"kind":"bye"',
    "NaN bare": b'{"kind":"bye","x":NaN}',
    "an integer of 5000 digits": b'{"kind":"bye","x":' + b"9" * 5000 + b"}",
    "nested too deeply to read": NESTED,
    "nested too deeply to validate": NESTED.replace(b"[" * 4700, b"").replace(b"]" * 4700, b""),
}


def fault_of(line: bytes, schemas: dict[str, str]) -> str:
    """Name the fault that `parse` finds; any other exception than its own passes through."""
    try:
        parse(line, schemas)
    except ProtocolError as error:
        return error.fault
    return ""


@pytest.mark.parametrize("line", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused_with_a_short_sentence(line: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse(line, REQUESTS)
    assert caught.value.fault == "garbage"
    assert 0 < len(str(caught.value)) < 1000


@given(st.binary(max_size=60))
def test_parse_raises_nothing_but_protocol_errors_for_bytes(line: bytes) -> None:
    assert fault_of(line, REQUESTS) in ("", "garbage")


@given(st.sampled_from(sorted(REPLIES)), st.dictionaries(st.sampled_from(["id", "outputs", "gradients", "x"]), JSON))
def test_parse_raises_nothing_but_protocol_errors_for_json(kind: str, rest: Message) -> None:
    assert fault_of(json.dumps({"kind": kind, **rest}).encode(), REPLIES) in ("", "garbage")


@given(st.data())
def test_parse_raises_nothing_but_protocol_errors_for_damaged_lines(data: st.DataObject) -> None:
    line = bytearray(dump(data.draw(st.sampled_from(VALID))[1]))
    for _ in range(data.draw(st.integers(1, 3))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    assert fault_of(bytes(line), {**REQUESTS, **REPLIES}) in ("", "garbage")


def test_a_colon_in_a_text_is_no_key() -> None:
    message = {"kind": "error", "id": 1, "message": 'a: b: "c": {"kind": "error", "kind": 1}'}
    assert parse(dump(message), REPLIES) == message


def test_a_key_that_need_not_be_there_may_be_nested_deeply() -> None:
    line = b'{"kind":"bye","x":' + b'{"x":' * 200 + b"1" + b"}" * 200 + b"}"
    assert fault_of(line, REQUESTS) == ""
    assert fault_of(line.replace(b'{"x":1}', b'{"x":1,"x":[]}'), REQUESTS) == "garbage"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_is_that_of_the_hello(encoding: str) -> None:
    (other,) = set(ENCODINGS) - {encoding}
    tensor = encode(np.ones(2), encoding)
    assert decode(tensor, "y", encoding).tolist() == [1.0, 1.0]
    with pytest.raises(ProtocolError, match=f"y: data must be in encoding {other}, as the hello declared") as caught:
        decode(tensor, "y", other)
    assert caught.value.fault == "garbage"


@given(st.text())
def test_what_is_printed_has_no_control_character_and_loses_nothing_else(text: str) -> None:
    shown = printable(text)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown == text or not text.replace("\n", "").isprintable()


def test_what_was_dumped_is_parsed() -> None:
    line = dump(hello())
    assert line.endswith(b"}\n")
    assert parse(line, REQUESTS) == hello()


@given(st.binary(max_size=400))
def test_shorten_gives_text_of_bounded_length(line: bytes) -> None:
    assert len(shorten(line)) < 4 * 120 + 40
    shorten(line).encode()


# The conversation of the page.


@cache
def conversation() -> list[tuple[str, Message]]:
    page = (ROOT / "spec" / "protocol.md").read_text()
    block = page.partition("## A whole conversation")[2].split("```")[1]
    return [(line[0], orjson.loads(line[2:])) for line in block.strip().splitlines()]


def schema_of(speaker: str, message: Message) -> str:
    if speaker == ">":
        return REQUESTS[message["kind"]]
    return {"hello": "hello-reply", **REPLIES}[message["kind"]]


VALID = [(schema_of(speaker, message), message) for speaker, message in conversation()] + [
    ("error", {"kind": "error", "id": 0, "message": "é"}),
    ("evaluate", conversation()[2][1] | {"inputs": {"a": encode(np.eye(2), "base64"), "b": {"same": "a"}}}),
    ("evaluate", conversation()[2][1] | {"inputs": {"x": view([1.0, 2.0], [2], [1], 0)}}),
    ("evaluate", conversation()[2][1] | {"inputs": {"x": {"same": "x", "shape": [1], "strides": [1], "offset": 0}}}),
    ("hello-reply", conversation()[1][1] | {"capabilities": ["views", "ties"]}),
]


def relu(inputs: Tensors, cotangents: Tensors, attributes: Any) -> tuple[Tensors, Tensors]:
    x = inputs["x"]
    gradients = {"x": np.where(x > 0, cotangents["y"], 0.0)} if cotangents else {}
    return {"y": np.where(x <= 0, 0.0, x)}, gradients


def test_the_page_has_a_whole_conversation() -> None:
    spoken = [speaker + message["kind"] for speaker, message in conversation()]
    assert (spoken[:2], spoken[-1]) == ([">hello", "<hello"], ">bye")
    assert {"<result", "<refusal"} <= set(spoken)


@pytest.mark.parametrize(("speaker", "message"), conversation())
def test_a_line_of_the_page_is_valid(speaker: str, message: Message) -> None:
    schema = schema_of(speaker, message)
    assert parse(dump(message), {message["kind"]: schema}) == message


def test_the_page_greets_as_the_harness_does() -> None:
    assert conversation()[0][1] == hello()


@pytest.mark.parametrize("at", [i for i, (_, message) in enumerate(conversation()) if message["kind"] == "evaluate"])
def test_a_reply_of_the_page_is_what_a_candidate_answers(at: int) -> None:
    declared = conversation()[1][1]
    reply = answer(conversation()[at][1], {"relu": relu}, declared["layers"], declared["encoding"])
    assert dump(reply) == dump(conversation()[at + 1][1])


# Refusals of a candidate that serves a table.


def ask(**changes: Any) -> Message:
    x = {"dtype": "float64", "shape": [1], "data": [1.0]}
    request = conversation()[2][1] | {"inputs": {"x": x}, "cotangents": {"y": x}} | changes
    parse(dump(request), REQUESTS)
    return answer(request, {"relu": relu}, {"relu": {"dtypes": ["float64"], "attributes": {}}}, "list")


INVALID: dict[str, Message] = {
    "an input too many": {"inputs": {"x": encode(np.ones(1), "list"), "z": encode(np.ones(1), "list")}},
    "an input too few": {"inputs": {}},
    "another dtype": {"inputs": {"x": encode(np.ones(1, np.float32), "list")}},
    "an unknown attribute": {"attributes": {"layout": "rows"}},
    "no cotangent": {"cotangents": {}},
    "a misshapen cotangent": {"cotangents": {"y": encode(np.ones(2), "list")}},
    "a cotangent not asked for": {"gradients": []},
    "an unknown gradient": {"gradients": ["y"]},
    "too few elements": {"inputs": {"x": {"dtype": "float64", "shape": [2], "data": [1.0]}}},
    "bad base64": {"inputs": {"x": {"dtype": "float64", "shape": [1], "data": "?"}}},
    "a shape beyond memory": {"inputs": {"x": {"dtype": "float64", "shape": [2**62, 2**62, 0], "data": []}}},
}


@pytest.mark.parametrize("changes", INVALID.values(), ids=INVALID)
def test_a_request_that_breaks_the_spec_is_refused_as_invalid(changes: Message) -> None:
    reply = ask(**changes)
    assert (reply["kind"], reply.get("reason")) == ("refusal", "invalid_input"), reply
    parse(dump(reply), REPLIES)


VIEWED = {"inputs": {"x": view([1.0, 2.0], [1], [1], 1)}}


@pytest.mark.parametrize("changes", [{"layer": "bias"}, {"dtype": "float32"}, {"inputs": {"x": {"same": "x"}}}, VIEWED])
def test_a_request_that_was_not_declared_is_refused_as_unsupported(changes: Message) -> None:
    """PR-6: a layer, a dtype, views, and ties, which a table never declares."""
    reply = ask(**changes)
    assert (reply["kind"], reply.get("reason")) == ("refusal", "unsupported"), reply


def test_keys_that_a_request_need_not_have_are_ignored() -> None:
    assert ask(colour="blue")["kind"] == "result"


def test_an_exception_is_an_error_reply() -> None:
    def broken(*_: Any) -> tuple[Tensors, Tensors]:
        raise ArithmeticError("no")

    declared = {"relu": {"dtypes": ["float64"], "attributes": {}}}
    reply = answer(conversation()[2][1], {"relu": broken}, declared, "list")
    assert reply == {"kind": "error", "id": 1, "message": "ArithmeticError: no"}
    parse(dump(reply), REPLIES)


# Schemas.


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


@pytest.mark.parametrize(("schema", "message"), VALID)
def test_both_validators_take_a_valid_message(schema: str, message: Message) -> None:
    assert [fault.message for fault in other_validator(schema).iter_errors(message)] == []
    assert validator(schema).is_valid(message)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything within a message."""
    within = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in within for place in [(*path, key), *places(inner, (*path, key))]]


@given(st.sampled_from(VALID), st.data())
def test_a_key_that_stands_twice_is_garbage_wherever(valid: tuple[str, Message], data: st.DataObject) -> None:
    """Most parsers keep the last of the two and say nothing."""
    schema, message = valid
    *way, key = data.draw(st.sampled_from([place for place in places(message) if isinstance(place[-1], str)]))
    text = dump(message)
    twin = orjson.dumps({key: reduce(lambda value, step: value[step], way, message)[key]})[1:-1]
    assert twin in text
    kinds = {message["kind"]: schema}
    parse(text, kinds)
    with pytest.raises(ProtocolError, match="comes twice"):
        parse(text.replace(twin, twin + b"," + twin, 1), kinds)


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
    "a tie with data": ("evaluate", {"inputs": {"x": {"same": "a", "data": []}}}),
    "a tie with a shape alone": ("evaluate", {"inputs": {"x": {"same": "a", "shape": []}}}),
    "a gradient twice": ("evaluate", {"gradients": ["x", "x"]}),
    "a negative extent": ("evaluate", {"inputs": {"x": {"dtype": "float64", "shape": [-1], "data": []}}}),
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


def test_smallest_int64_is_a_label_that_survives() -> None:
    label = np.array([protocol.SMALLEST_INT64])
    assert [there_and_back(label, encoding).tolist() for encoding in ENCODINGS] == [[-(2**63)], [-(2**63)]]


# The loop of a candidate, as a process and as its page has it.

LOOP = """
import numpy as np
from gradspec.candidate import serve

def relu(inputs, cotangents, attributes):
    print("this goes to standard error")
    x = inputs["x"]
    return {"y": np.maximum(x, 0)}, {"x": np.where(x > 0, cotangents["y"], 0), "extra": x} if cotangents else {}

serve({"relu": relu}, name="mylib", version="0.3", language="c", dtypes=["float64"], encoding="list")
"""


def test_the_conversation_can_be_had_with_a_process() -> None:
    lines = b"".join(dump(message) for speaker, message in conversation() if speaker == ">")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    call = [sys.executable, "-c", LOOP]
    done = subprocess.run(call, input=lines, capture_output=True, timeout=30, env=environment)
    replies = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert replies[0]["layers"]["relu"].pop("attributes") == {}
    assert replies == [message for speaker, message in conversation() if speaker == "<"]
    assert done.returncode == 0
    assert set(done.stderr.decode().splitlines()) == {"this goes to standard error"}


def test_the_example_of_the_candidate_module_runs() -> None:
    _, _, example = (candidate.__doc__ or "").split("\n\n", 2)
    served: Message = {}
    exec(textwrap.dedent(example), {"np": np, "serve": lambda table, **about: served.update(table)})
    outputs, gradients = served["relu"]({"x": np.array([-1.0, 2.0])}, {"y": np.array([3.0, 4.0])}, {})
    assert (outputs["y"].tolist(), gradients["x"].tolist()) == ([0.0, 2.0], [0.0, 4.0])


@pytest.mark.parametrize(("value", "reason"), [("columns", "unsupported"), ("diagonal", "invalid_input")])
def test_an_attribute_value_is_undeclared_or_unheard_of(value: str, reason: str) -> None:
    """PR-6."""
    request = conversation()[2][1] | {"layer": "affine", "attributes": {"layout": value}}
    declared = {"affine": {"dtypes": ["float64"], "attributes": {"layout": ["rows"]}}}
    reply = answer(request, {"affine": relu}, declared, "list")
    assert (reply["kind"], reply.get("reason")) == ("refusal", reason), reply


def test_the_list_of_refusals_is_valid() -> None:
    document = json.loads((FIXTURES / "refusals.json").read_text())
    assert [fault.message for fault in other_validator("refusals").iter_errors(document)] == []
    assert validator("refusals").is_valid(document)


def test_an_integral_float_is_an_extent() -> None:
    """JSON Schema says so, and some languages write 2 as 2.0."""
    assert decode({"dtype": "float64", "shape": [2.0], "data": [1, 2]}).tolist() == [1.0, 2.0]
