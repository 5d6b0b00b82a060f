"""The protocol: tensors survive the way there and back, lines are valid or refused, the page's conversation is true."""

import json
from functools import reduce

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus.tensors import ProtocolError
from gradspec.transport.protocol import REPLIES, REQUESTS, dump, hello, parse
from messages import VALID, Message, conversation, places, schema_of

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


def test_what_was_dumped_is_parsed() -> None:
    line = dump(hello())
    assert line.endswith(b"}\n")
    assert parse(line, REQUESTS) == hello()


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


# The loop of a candidate, as a process and as its page has it.
