"""A candidate that has identity and relu and speaks raw, right but for one fault: ``raw_candidate.py FAULT [always]``.

The fault strikes in the replies about a relu of seven float64 elements that have a gradient, or always.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from array import array
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
Reply = tuple[Message, list[bytes]]
CODES = {"float64": "d", "float32": "f"}
SPOILT = 7  # elements
FAULTS: dict[str, Callable[[Message, list[bytes]], Reply | None]] = {}


def fault(function: Callable[[Message, list[bytes]], Reply | None]) -> Callable[[Message, list[bytes]], Reply | None]:
    FAULTS[function.__name__] = function
    return function


def write(*parts: bytes) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def line(message: Message) -> bytes:
    return json.dumps(message).encode() + b"\n"


def first(message: Message) -> Message:
    return next(iter(message["outputs"].values()))


@fault
def none(message: Message, blocks: list[bytes]) -> Reply | None:
    return message, blocks


@fault
def byte_by_byte(message: Message, blocks: list[bytes]) -> Reply | None:
    """Be right, in pieces."""
    for byte in line(message) + b"".join(blocks):
        write(bytes([byte]))
    return None


@fault
def integral_float(message: Message, blocks: list[bytes]) -> Reply | None:
    """Write 112 as 112.0, which JSON Schema calls an integer: unusual, but right."""
    first(message)["bytes"] = float(first(message)["bytes"])
    return message | {"bytes": float(message["bytes"])}, blocks


@fault
def too_few_and_hangs(message: Message, blocks: list[bytes]) -> Reply | None:
    write(line(message), blocks[0][:-8])
    time.sleep(600)
    return None


@fault
def too_few_and_exits(message: Message, blocks: list[bytes]) -> Reply | None:
    write(line(message), blocks[0][:-8])
    sys.exit(0)


@fault
def too_few_and_goes_on(message: Message, blocks: list[bytes]) -> Reply | None:
    return message, [blocks[0][:-8], *blocks[1:]]


@fault
def too_many(message: Message, blocks: list[bytes]) -> Reply | None:
    return message, [*blocks, b"\x01" * 8]


@fault
def garbage_between(message: Message, blocks: list[bytes]) -> Reply | None:
    return message, [b"DEBUG\n", *blocks]


@fault
def negative(message: Message, blocks: list[bytes]) -> Reply | None:
    return message | {"bytes": -8}, blocks


@fault
def negative_tensor(message: Message, blocks: list[bytes]) -> Reply | None:
    first(message)["bytes"] *= -1
    return message, blocks


@fault
def no_number(message: Message, blocks: list[bytes]) -> Reply | None:
    return message | {"bytes": True}, blocks


@fault
def huge(message: Message, blocks: list[bytes]) -> Reply | None:
    """Announce in all places what no reply has, and begin to send it."""
    first(message)["bytes"] = message["bytes"] = 2**53 - 1
    message["gradients"]["x"]["bytes"] = 0
    write(line(message))
    for _ in range(1 << 10):
        write(bytes(1 << 20))
    return None


@fault
def beyond_int64(message: Message, blocks: list[bytes]) -> Reply | None:
    return message | {"bytes": 10**30}, blocks


@fault
def just_too_large(message: Message, blocks: list[bytes]) -> Reply | None:
    large = bytes((1 << 16) + 64 * 2 * SPOILT)
    first(message)["bytes"] = len(large)
    return message | {"bytes": len(large) + len(blocks[1])}, [large, blocks[1]]


@fault
def another_sum(message: Message, blocks: list[bytes]) -> Reply | None:
    return message | {"bytes": message["bytes"] - 8}, [*blocks[:-1], blocks[-1][:-8]]


@fault
def not_its_shape(message: Message, blocks: list[bytes]) -> Reply | None:
    first(message)["bytes"] -= 8
    return message | {"bytes": message["bytes"] - 8}, [blocks[0][:-8], *blocks[1:]]


@fault
def in_mid_element(message: Message, blocks: list[bytes]) -> Reply | None:
    first(message)["bytes"] -= 3
    return message | {"bytes": message["bytes"] - 3}, [blocks[0][:-3], *blocks[1:]]


@fault
def no_sum(message: Message, blocks: list[bytes]) -> Reply | None:
    del message["bytes"]
    return message, blocks


@fault
def bytes_and_data(message: Message, blocks: list[bytes]) -> Reply | None:
    first(message)["data"] = base64.b64encode(blocks[0]).decode()
    return message, blocks


@fault
def base64_for_raw(message: Message, blocks: list[bytes]) -> Reply | None:
    tensors = [*message["outputs"].values(), *message["gradients"].values()]
    for tensor, block in zip(tensors, blocks, strict=True):
        del tensor["bytes"]
        tensor["data"] = base64.b64encode(block).decode()
    return message | {"bytes": 0}, []


@fault
def bytes_in_an_error(message: Message, blocks: list[bytes]) -> Reply | None:
    return {"kind": "error", "id": message["id"], "message": "no", "bytes": 8}, [bytes(8)]


@fault
def sum_twice(message: Message, blocks: list[bytes]) -> Reply | None:
    write(line(message).replace(b'"bytes": ', b'"bytes": 0, "bytes": ', 1), *blocks)
    return None


def answer(request: Message, given: dict[str, bytes]) -> Reply:
    tensors = request["inputs"] | request["cotangents"]
    values = {name: array(CODES[tensors[name]["dtype"]], data) for name, data in given.items()}
    relu, x, dy = request["layer"] == "relu", values["x"], values.get("y")
    outputs = {"y": array(x.typecode, [0.0 if v <= 0 else v for v in x]) if relu else x}
    gradients = {}
    if request["gradients"] and dy is not None:
        gradients["x"] = array(x.typecode, [d if v > 0 else 0.0 for v, d in zip(x, dy, strict=True)]) if relu else dy
    reply: Message = {"kind": "result", "id": request["id"], "outputs": {}, "gradients": {}}
    blocks = []
    for group, computed in (("outputs", outputs), ("gradients", gradients)):
        for name, numbers in computed.items():
            blocks.append(numbers.tobytes())
            about = {key: request["inputs"]["x"][key] for key in ("dtype", "shape")}
            reply[group][name] = about | {"bytes": len(blocks[-1])}
    return reply | {"bytes": sum(map(len, blocks))}, blocks


def main(name: str, scope: str = "once") -> None:
    layers = {layer: {"dtypes": ["float64", "float32"]} for layer in ("identity", "relu")}
    about = {"name": "raw", "version": "1", "language": "python"}
    while text := sys.stdin.buffer.readline():
        request = json.loads(text)
        if request["kind"] == "bye":
            return
        if request["kind"] == "hello":
            write(line({"kind": "hello", "protocol": 1, "implementation": about, "layers": layers, "encoding": "raw"}))
            continue
        tensors = [*request["inputs"].items(), *request["cotangents"].items()]
        assert request["bytes"] == sum(tensor["bytes"] for _, tensor in tensors)
        given = {key: sys.stdin.buffer.read(tensor["bytes"]) for key, tensor in tensors}
        reply: Reply | None = answer(request, given)
        culprit = (request["layer"], request["inputs"]["x"]["shape"]) == ("relu", [SPOILT])
        if scope == "always" or (culprit and request["dtype"] == "float64" and request["gradients"]):
            assert reply is not None
            reply = FAULTS[name](*reply)
        if reply is not None:
            write(line(reply[0]), *reply[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
