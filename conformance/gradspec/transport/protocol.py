"""Messages of the protocol (spec/protocol.md), valid by the schemas or refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from ..corpus import PROTOCOL_VERSION, SPEC_VERSION
from ..corpus.schema import SchemaError, require
from ..corpus.tensors import Message, ProtocolError
from ..corpus.text import LONGEST_NAME, shorten, told

REQUESTS = {"hello": "hello-request", "evaluate": "evaluate", "bye": "bye"}
REPLIES = {"result": "result", "refusal": "refusal", "error": "error"}


def dump(message: Message) -> bytes:
    """Return a message as its line."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


def parse(line: bytes, schemas: Mapping[str, str]) -> Message:
    """Return the message in `line`, which must be of a kind in `schemas` (kind -> schema) and valid by it.

    Raises
    ------
    ProtocolError
        With fault ``garbage``: the line is not JSON, of no such kind, or not valid.
    """
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ProtocolError("garbage", f"a line is not JSON ({error}): {shorten(line)}") from None
    kind = message.get("kind") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in schemas:
        wanted = ", ".join(schemas)
        raise ProtocolError("garbage", f"a message must have a kind among {wanted}: {shorten(line)}")
    try:
        require(message, schemas[kind], len(line))
    except SchemaError as error:
        raise ProtocolError("garbage", f"{kind}: {error}") from None
    except ValueError as error:
        raise ProtocolError("garbage", f"{kind}: {error}: {shorten(line)}") from None
    if line.count(b":") != _keys(message):
        _refuse_repeated_keys(line)
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


def _keys(value: Any) -> int:
    """Count the keys of an object and of those within; lists hold none in a message that is valid."""
    return len(value) + sum(map(_keys, value.values())) if isinstance(value, dict) else 0


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
