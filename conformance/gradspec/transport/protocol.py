"""Messages of the protocol (spec/protocol.md), valid by the schemas or refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from ..corpus import PROTOCOL_VERSION, SPEC_VERSION
from ..corpus.schema import SchemaError, require
from ..corpus.tensors import LongText, Message, ProtocolError
from ..corpus.text import LONGEST_NAME, shorten, told
from .long_texts import MARK, cut, put_back, spliced

REQUESTS = {"hello": "hello-request", "evaluate": "evaluate", "bye": "bye"}
CARRIERS = {"evaluate": ("inputs", "cotangents"), "result": ("outputs", "gradients")}  # tensors, in this order
REPLIES = {"result": "result", "refusal": "refusal", "error": "error"}


def dump(message: Message) -> bytes:
    """Return a message as its line."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


def frame(message: Message, encoding: str) -> tuple[list[bytes | memoryview], list[memoryview]]:
    """Return the pieces of a message's line, and what follows it: its tensors' bytes, if `encoding` is raw [PR-T5]."""
    groups = CARRIERS.get(message["kind"], ())
    if encoding != "raw" and not any(type(t["data"]) is LongText for group in groups for t in message[group].values()):
        return [dump(message)], []
    texts, blocks = list[LongText](), list[memoryview]()
    line = dict(message)
    for group in groups:
        line[group] = {name: _written(tensor, texts, blocks) for name, tensor in message[group].items()}
    if groups and encoding == "raw":
        line["bytes"] = sum(block.nbytes for block in blocks)
    return spliced(line, texts) if texts else [dump(line)], [block for block in blocks if block.nbytes]


def _written(tensor: Message, texts: list[LongText], blocks: list[memoryview]) -> Message:
    """Return a tensor as a line has it; what the line does not have itself goes to `texts` or `blocks`."""
    data = tensor["data"]
    if isinstance(data, LongText):
        texts.append(data)
        return tensor | {"data": f"{MARK}{len(texts) - 1}"}
    if isinstance(data, memoryview):
        blocks.append(data)
        return {("bytes" if k == "data" else k): (data.nbytes if k == "data" else v) for k, v in tensor.items()}
    return tensor


def following(line: bytes) -> int:
    """Return how many bytes a line says that follow it; 0 where `parse` will find that it is no such line."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        return 0
    count = message.get("bytes") if isinstance(message, dict) else 0
    if isinstance(count, float) and count.is_integer():
        return max(int(count), 0)
    return max(count, 0) if type(count) is int else 0


def unfold(message: Message, payload: memoryview, encoding: str) -> Message:
    """Give the tensors of a valid message that came with these bytes their data, in place [PR-T5].

    Raises
    ------
    ProtocolError
        With fault ``garbage``: the message is in another encoding, or its counts of bytes do not agree.
    """
    groups = CARRIERS.get(message["kind"], ())
    tensors = [(f"{group}/{name}", tensor) for group in groups for name, tensor in message[group].items()]
    if encoding != "raw":
        counted = [name for name, tensor in tensors if "bytes" in tensor]
        if counted or ("bytes" in message and groups):
            raise ProtocolError("garbage", f"{', '.join(counted) or 'the message'}: bytes are for encoding raw only")
        return message
    if not groups:
        return message
    for name, tensor in tensors:
        if "bytes" not in tensor:
            raise ProtocolError("garbage", f"{name}: a tensor must have bytes, as the hello declared encoding raw")
    counts = [int(tensor["bytes"]) for _, tensor in tensors]
    if "bytes" not in message:
        raise ProtocolError(
            "garbage", "the message must say how many bytes follow it, as the hello declared encoding raw"
        )
    told = shorten(str(message["bytes"]).encode(), 40)
    if len(payload) < message["bytes"]:
        raise ProtocolError("garbage", f"the message announces {told} bytes, which is more than any reply has")
    if sum(counts) != message["bytes"]:
        raise ProtocolError("garbage", f"the tensors take {sum(counts)} bytes, and the message announces {told}")
    start = 0
    for (_, tensor), count in zip(tensors, counts, strict=True):
        del tensor["bytes"]
        tensor["data"] = payload[start : start + count]
        start += count
    return message


def parse(line: bytes, schemas: Mapping[str, str]) -> Message:
    """Return the message in `line`, which must be of a kind in `schemas` (kind -> schema) and valid by it.

    Raises
    ------
    ProtocolError
        With fault ``garbage``: the line is not JSON, of no such kind, or not valid.
    """
    short, texts = cut(line)
    try:
        message = orjson.loads(short)
    except orjson.JSONDecodeError as error:
        raise ProtocolError("garbage", f"a line is not JSON ({error}): {shorten(line)}") from None
    kind = message.get("kind") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in schemas:
        wanted = ", ".join(schemas)
        raise ProtocolError("garbage", f"a message must have a kind among {wanted}: {shorten(line)}")
    try:
        require(message, schemas[kind], len(short))
    except SchemaError as error:
        raise ProtocolError("garbage", f"{kind}: {error}") from None
    except ValueError as error:
        raise ProtocolError("garbage", f"{kind}: {error}: {shorten(line)}") from None
    if short.count(b":") != _keys(message):
        _refuse_repeated_keys(short)
    groups = CARRIERS.get(kind, ())
    if texts and not put_back((tensor for group in groups for tensor in message[group].values()), texts):
        message = orjson.loads(line)  # a long string that is no tensor's
    return _arrived(message)


def _arrived(message: Message) -> Message:
    """Return a valid message with its texts cut and escaped: no candidate writes lines of a report."""
    if "message" in message:
        message["message"] = told(message["message"])
    if "implementation" in message:
        message["implementation"] = {k: told(v, LONGEST_NAME) for k, v in message["implementation"].items()}
    if "layers" in message:
        message["layers"] = {told(k, LONGEST_NAME): _named(v) for k, v in message["layers"].items()}
    return message


def _named(layer: Message) -> Message:
    if "attributes" not in layer:
        return layer
    named = {
        told(k, LONGEST_NAME): [told(v, LONGEST_NAME) for v in values] for k, values in layer["attributes"].items()
    }
    return {**layer, "attributes": named}


def _keys(value: Mapping[str, Any]) -> int:
    """Count the keys of an object and of those within; lists hold none in a message that is valid."""
    inner = [item for item in value.values() if type(item) is dict]
    return len(value) + sum(map(_keys, inner)) if inner else len(value)


def _refuse_repeated_keys(line: bytes) -> None:
    """Look again, ten times slower, at a line with more colons than keys: in its texts, or because a key came twice."""

    def unique(pairs: list[tuple[str, Any]]) -> Message:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ProtocolError("garbage", f"the key {shorten(twice.encode())} comes twice: {shorten(line)}")
        return found

    try:
        json.loads(line, object_pairs_hook=unique, parse_int=str, parse_float=str)
    except RecursionError:
        raise ProtocolError("garbage", f"a line is nested too deeply: {shorten(line)}") from None


def hello() -> Message:
    """Return the harness's first message."""
    return {"kind": "hello", "protocol": PROTOCOL_VERSION, "spec": SPEC_VERSION}
