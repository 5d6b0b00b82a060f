"""The conversation for people who write a candidate: every message, shortened, and valid by the schemas."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson
import pybase64

from ..corpus.tensors import ProtocolError
from ..corpus.text import printable, shorten
from .process import NO_BYTES, HarnessError
from .protocol import REQUESTS, parse, unfold

NUMBERS, ENTRIES, LETTERS, DEPTH = 4, 20, 200, 8


class Transcript:
    """A listener that writes each line, shortened, after ``>`` if the harness said it and ``<`` if the candidate did.

    Raises
    ------
    HarnessError
        A message of the harness breaks its schema. Those of the candidate are always judged, by the session.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __call__(self, sign: str, line: bytes, payload: Sequence[memoryview] = ()) -> None:
        """Write one line and the bytes that follow it, or after ``!`` what ended the conversation."""
        came = memoryview(b"".join(payload))
        self._write(f"{sign} {printable(shorten(line, LETTERS) if sign == '!' else shortened(line, came))}")
        if sign == ">":
            try:
                request = parse(line, REQUESTS)
                unfold(request, came, "raw" if "bytes" in request else "")
            except ProtocolError as error:
                raise HarnessError(f"gradspec itself broke the protocol, not the candidate: {error}") from error


def shortened(line: bytes, payload: memoryview = NO_BYTES) -> str:
    """Return a message with the first few numbers of each tensor; a line that is no message is only cut."""
    try:
        message = orjson.loads(line)
    except orjson.JSONDecodeError:
        return shorten(line, LETTERS)
    if payload:
        with contextlib.suppress(ProtocolError, LookupError, TypeError, ValueError, AttributeError):
            message = unfold(copy.deepcopy(message), payload, "raw")
    return _brief(message, DEPTH)


def _brief(value: Any, depth: int) -> str:
    if not depth:
        return "..."
    if isinstance(value, dict):
        if {"dtype", "shape", "data"} <= value.keys():
            return _tensor(value, depth)
        parts = [f"{json.dumps(k, ensure_ascii=False)}: {_brief(v, depth - 1)}" for k, v in value.items()]
        return "{" + _cut(parts, ENTRIES) + "}"
    if isinstance(value, list):
        return "[" + _cut([_brief(v, depth - 1) for v in value[: ENTRIES + 1]], ENTRIES) + "]"
    if isinstance(value, str) and len(value) > LETTERS:
        return f"{json.dumps(value[:LETTERS], ensure_ascii=False)}... ({len(value)} letters)"
    return json.dumps(value, ensure_ascii=False)


def _cut(parts: list[str], limit: int) -> str:
    return ", ".join(parts if len(parts) <= limit else [*parts[:limit], "..."])


def _tensor(tensor: dict[str, Any], depth: int) -> str:
    """Return ``<float64 [2, 3]: 1.5, -2.0, 0.0, 4.0, ...>``, with strides and offset if it has them."""
    rest = "".join(f" {k} {_brief(v, depth - 1)}" for k, v in tensor.items() if k not in ("dtype", "shape", "data"))
    return f"<{tensor['dtype']} {_brief(tensor['shape'], depth - 1)}{rest}: {_numbers(tensor)}>"


def _numbers(tensor: dict[str, Any]) -> str:
    data: Any = tensor["data"]
    if isinstance(data, (str, memoryview)):
        try:
            dtype = np.dtype(tensor["dtype"]).newbyteorder("<")
            raw = pybase64.b64decode(data, validate=True) if isinstance(data, str) else data
            data = np.frombuffer(raw, dtype)[: NUMBERS + 1].tolist()
        except (ValueError, TypeError):
            return f"no base64 of such elements: {_brief(data, 1)}" if isinstance(data, str) else "no such elements"
    if not isinstance(data, list):
        return _brief(data, 1)
    return _cut([_brief(x, 1) for x in data[: NUMBERS + 1]], NUMBERS)
