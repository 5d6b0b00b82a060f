"""A table of Python functions becomes a candidate on standard input and output.

For example, with NumPy as ``np``:

    def relu(inputs, cotangents, attributes):
        x = inputs["x"]
        outputs = {"y": np.maximum(x, 0)}
        return outputs, {"x": np.where(x > 0, cotangents["y"], 0)} if cotangents else {}

    serve({"relu": relu}, name="mine", version="1.0")
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader, BufferedWriter, FileIO
from typing import Any

import numpy as np
import numpy.typing as npt

from .corpus import PROTOCOL_VERSION
from .corpus.spec import InvalidInputError, layers
from .corpus.tensors import Message, ProtocolError, decode, encode
from .transport.protocol import REQUESTS, following, frame, parse, unfold

Array = npt.NDArray[Any]
Tensors = Mapping[str, Array]
Function = Callable[[Tensors, Tensors, Mapping[str, str]], tuple[Tensors, Tensors]]

BUFFER_BYTES = 1 << 20


def identity(inputs: Tensors, cotangents: Tensors, attributes: Mapping[str, str]) -> tuple[Tensors, Tensors]:
    """Return what came in: the function for the layer ``identity``."""
    return {"y": inputs["x"]}, {"x": cotangents["y"]} if cotangents else {}


def serve(
    table: Mapping[str, Function],
    *,
    name: str,
    version: str,
    language: str = "python",
    dtypes: Sequence[str] = ("float64", "float32"),
    attributes: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    encoding: str = "base64",
    capabilities: Sequence[str] = (),
    profiles: Sequence[str] = (),
) -> None:
    """Answer requests until ``bye`` or the end of input.

    Each function takes inputs, cotangents (empty if no gradient is wanted) and attributes, all by name, and returns
    outputs and gradients by name; gradients that were not asked for are dropped. `attributes` gives for a layer the
    attribute values that it has; what is not listed is declared whole. With the capability ``views``, arrays may come
    strided and read-only; this helper cannot take aliased inputs (``ties``). The `encoding` is ``base64``, ``list`` or
    ``raw``, which is the fastest for large tensors. A profile in `profiles` widens the bounds as its words say, and the
    claim names it; there is one, ``flush_to_zero``. Requests that break the spec are refused before a function sees
    them, and an exception becomes an error reply. ``print`` goes to standard error.
    """
    unknown = sorted(set(table) - set(layers()))
    if unknown:
        sys.exit(f"there is no layer {unknown[0]}; the layers are {', '.join(layers())}")
    declared = {
        layer: {
            "dtypes": list(dtypes),
            "attributes": {
                k: list((attributes or {}).get(layer, {}).get(k, v)) for k, v in layers()[layer].attributes.items()
            },
        }
        for layer in table
    }
    reading = BufferedReader(FileIO(os.dup(0), "rb"), BUFFER_BYTES)
    writing = BufferedWriter(FileIO(os.dup(1), "wb"), BUFFER_BYTES)
    sys.stdout = sys.stderr
    while line := reading.readline():
        try:
            request = unfold(parse(line, REQUESTS), _payload(reading, line, encoding), encoding)
        except ProtocolError as error:
            sys.exit(f"this is no request: {error}")  # [PR-9]
        if request["kind"] == "bye":
            return
        if request["kind"] == "hello":
            about = {"name": name, "version": version, "language": language}
            reply: Message = {
                "kind": "hello",
                "protocol": PROTOCOL_VERSION,
                "implementation": about,
                "layers": declared,
                "encoding": encoding,
            }
            reply |= {"capabilities": list(capabilities)} if capabilities else {}
            reply |= {"profiles": list(profiles)} if profiles else {}
        else:
            reply = answer(request, table, declared, encoding, capabilities)
        line_pieces, payload = frame(reply, encoding)
        for block in (*line_pieces, *payload):
            writing.write(block)
        writing.flush()


def _payload(reading: BufferedReader[FileIO], line: bytes, encoding: str) -> memoryview:
    """Return the bytes that follow a line; fewer, where the input ends."""
    payload = np.empty(following(line) if encoding == "raw" else 0, np.uint8).data
    return payload[: reading.readinto(payload)]


def answer(
    request: Message,
    table: Mapping[str, Function],
    declared: Message,
    encoding: str,
    capabilities: Sequence[str] = (),
) -> Message:
    """Return the reply to one evaluate request."""
    try:
        unsupported = _unsupported(request, declared, capabilities)
        if unsupported:
            return {"kind": "refusal", "id": request["id"], "reason": "unsupported", "message": unsupported}
        inputs = {k: decode(t, k) for k, t in request["inputs"].items()}
        cotangents = {k: decode(t, k) for k, t in request["cotangents"].items()}
        arguments = request["dtype"], request["attributes"], inputs, cotangents, request["gradients"]
        layers()[request["layer"]].check(*arguments)
        outputs, gradients = table[request["layer"]](inputs, cotangents, request["attributes"])
        return {
            "kind": "result",
            "id": request["id"],
            "outputs": {k: encode(np.asarray(v), encoding) for k, v in outputs.items()},
            "gradients": {k: encode(np.asarray(gradients[k]), encoding) for k in request["gradients"]},
        }
    except (InvalidInputError, ProtocolError) as error:
        return {"kind": "refusal", "id": request["id"], "reason": "invalid_input", "message": str(error)}
    except Exception as error:
        return {"kind": "error", "id": request["id"], "message": f"{type(error).__name__}: {error}"}


def _unsupported(request: Message, declared: Message, capabilities: Sequence[str]) -> str:
    """Say what of a request the spec has and the hello did not declare; empty if nothing."""
    layer, dtype = request["layer"], request["dtype"]
    if layer not in declared:
        return f"{layer} was not declared"
    if dtype not in declared[layer]["dtypes"]:
        return f"{layer} was not declared for {dtype}"
    for group in ("inputs", "cotangents"):
        for tensor in request[group].values():
            if "same" in tensor:
                return "aliased inputs (ties) were not declared"
            if "strides" in tensor and "views" not in capabilities:
                return "views were not declared"
    known = layers()[layer].attributes
    for key, value in request["attributes"].items():
        if value in known.get(key, ()) and value not in declared[layer]["attributes"][key]:
            return f"{layer} was not declared for {key} = {value}"
    return ""
