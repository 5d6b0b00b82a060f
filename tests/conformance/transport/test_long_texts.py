"""A line with long base64 texts means what it means to a JSON library, and is refused for the same reasons."""

from typing import Any

import numpy as np
import orjson
import pytest

from gradspec.corpus.tensors import LONG_TEXT, LongText, ProtocolError, decode, encode
from gradspec.corpus.text import told
from gradspec.transport.long_texts import cut
from gradspec.transport.protocol import REPLIES, REQUESTS, frame, parse

X = np.random.default_rng(3).standard_normal((300, 200))
SMALL = np.arange(3.0)


def line_of(outputs: dict[str, Any]) -> bytes:
    pieces, payload = frame({"kind": "result", "id": 1, "outputs": outputs, "gradients": {}}, "base64")
    assert payload == []
    return b"".join(pieces)


def test_a_large_tensor_is_written_as_a_json_library_writes_it_and_read_back() -> None:
    line = line_of({"y": encode(X, "base64"), "small": encode(SMALL, "base64"), "z": encode(X + 1, "base64")})
    plain = orjson.loads(line)
    assert np.array_equal(decode(plain["outputs"]["y"], "y", "base64"), X)
    assert orjson.dumps(plain) + b"\n" == line
    assert len(cut(line)[1]) == 2
    outputs = parse(line, REPLIES)["outputs"]
    assert isinstance(outputs["y"]["data"], LongText)
    for name, x in (("y", X), ("small", SMALL), ("z", X + 1)):
        assert np.array_equal(decode(outputs[name], name, "base64"), x)


@pytest.mark.parametrize("spoil", ["é" * 8, "!", "\t", "=", "\x7f"], ids=ascii)
def test_what_is_no_base64_is_refused(spoil: str) -> None:
    line = line_of({"y": encode(X, "base64")})
    place = line.index(b'"data":"') + 1000
    spoilt = line[:place] + spoil.encode() + line[place + len(spoil.encode()) :]
    reply = parse(spoilt, REPLIES)
    with pytest.raises(ProtocolError, match="not base64"):
        decode(reply["outputs"]["y"], "y", "base64")


def test_escapes_are_read_by_the_json_library() -> None:
    line = line_of({"y": encode(X, "base64")})
    escaped = line.replace(b"A", b"\\u0041")
    assert cut(escaped) == (escaped, [])
    assert np.array_equal(decode(parse(escaped, REPLIES)["outputs"]["y"], "y", "base64"), X)


@pytest.mark.parametrize("key", ["why", "data"])
def test_a_long_string_that_is_no_tensors_data_stays(key: str) -> None:
    text = "x" * (LONG_TEXT + 10)
    request = {"kind": "evaluate", "id": 1, "layer": "relu", "dtype": "float64", "attributes": {}, "gradients": []}
    request |= {"inputs": {}, "cotangents": {}, key: text}
    assert parse(orjson.dumps(request), REQUESTS)[key] == text


def test_a_long_message_is_cut_like_any_other() -> None:
    text = "x: " * LONG_TEXT
    message = parse(orjson.dumps({"kind": "error", "id": 1, "message": text}), REPLIES)["message"]
    assert message == told(text)
    assert len(message) < len(text)


def test_a_long_key_and_a_key_twice_are_refused() -> None:
    line = line_of({"y": encode(X, "base64")})
    twice = line.replace(b'"gradients":', b'"outputs":{},"gradients":')
    with pytest.raises(ProtocolError, match="the key outputs comes twice"):
        parse(twice, REPLIES)
    with pytest.raises(ProtocolError, match="result: outputs"):
        parse(line.replace(b'"y"', b'"' + b"y" * (LONG_TEXT + 10) + b'"'), REPLIES)


def test_a_long_text_must_be_in_the_declared_encoding_and_fill_the_shape() -> None:
    reply = parse(line_of({"y": encode(X, "base64")}), REPLIES)
    with pytest.raises(ProtocolError, match="must be in encoding list"):
        decode(reply["outputs"]["y"], "y", "list")
    with pytest.raises(ProtocolError, match="needs 60001 elements") as refused:
        decode(reply["outputs"]["y"] | {"shape": [60001]}, "y", "base64")
    assert refused.value.fault == "wrong_shape"
