"""Messages for tests: those of the conversation on the page of the protocol, and some more that are valid."""

from functools import cache
from typing import Any

import numpy as np
import orjson

from gradspec.candidate import Tensors
from gradspec.corpus.tensors import encode
from gradspec.transport.protocol import REPLIES, REQUESTS
from paths import ROOT

Message = dict[str, Any]
ENCODINGS = ("base64", "list")


def view(data: Any, shape: Any, strides: Any, offset: Any) -> Message:
    return {"dtype": "float64", "shape": shape, "data": data, "strides": strides, "offset": offset}


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


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything within a message."""
    within = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in within for place in [(*path, key), *places(inner, (*path, key))]]


def relu(inputs: Tensors, cotangents: Tensors, attributes: Any) -> tuple[Tensors, Tensors]:
    """Compute what the conversation asks, as the page answers it."""
    x = inputs["x"]
    gradients = {"x": np.where(x > 0, cotangents["y"], 0.0)} if cotangents else {}
    return {"y": np.where(x <= 0, 0.0, x)}, gradients
