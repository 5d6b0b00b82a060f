"""A candidate that is right in identity, relu and affine, from the standard library alone: what the bad ones spoil."""

from __future__ import annotations

import base64
import copy
import json
import os
import select
import struct
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]

STATE = "GRADSPEC_TEST_STATE"  # names a file that outlives a process: what it holds, its faults say

HELLO: Message = {
    "kind": "hello",
    "protocol": 1,
    "implementation": {"name": "bad", "version": "1", "language": "python"},
    "layers": {
        "identity": {"dtypes": ["float64", "float32"]},
        "relu": {"dtypes": ["float64", "float32"]},
        "affine": {"dtypes": ["float64", "float32"], "attributes": {"layout": ["rows", "columns"]}},
    },
    "encoding": "base64",
}


CODES = {"float64": "d", "float32": "f"}


def decoded(tensor: Message) -> list[float]:
    raw = base64.b64decode(tensor["data"])
    code = CODES[tensor["dtype"]]
    return list(struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw))


def encoded(values: list[float], shape: list[int], dtype: str) -> Message:
    raw = struct.pack(f"<{len(values)}{CODES[dtype]}", *values)
    return {"dtype": dtype, "shape": shape, "data": base64.b64encode(raw).decode()}


class Matrix:
    """A row-major matrix, or the transpose of one, as a function of its indices."""

    def __init__(self, tensor: Message, transposed: bool) -> None:
        self.values, self.shape = decoded(tensor), tensor["shape"][:: -1 if transposed else 1]
        self.steps = (1, self.shape[0]) if transposed else (self.shape[1], 1)

    def __call__(self, i: int, j: int) -> float:
        return self.values[i * self.steps[0] + j * self.steps[1]]


def affine(request: Message) -> tuple[Message, Message]:
    columns, dtype = request["attributes"]["layout"] == "columns", request["dtype"]
    x, w = (Matrix(request["inputs"][name], columns) for name in "xw")
    b = decoded(request["inputs"]["b"])
    rows, features, units = range(x.shape[0]), range(x.shape[1]), range(w.shape[1])

    def tensor(element: Callable[[int, int], float], first: range, second: range) -> Message:
        if columns:
            return tensor_by_rows(lambda j, i: element(i, j), second, first)
        return tensor_by_rows(element, first, second)

    def tensor_by_rows(element: Callable[[int, int], float], first: range, second: range) -> Message:
        return encoded([element(i, j) for i in first for j in second], [len(first), len(second)], dtype)

    outputs = {"y": tensor(lambda i, j: sum(x(i, k) * w(k, j) for k in features) + b[j], rows, units)}
    if not request["gradients"]:
        return outputs, {}
    dy = Matrix(request["cotangents"]["y"], columns)
    return outputs, {
        "x": tensor(lambda i, k: sum(dy(i, j) * w(k, j) for j in units), rows, features),
        "w": tensor(lambda k, j: sum(x(i, k) * dy(i, j) for i in rows), features, units),
        "b": encoded([sum(dy(i, j) for i in rows) for j in units], [len(units)], dtype),
    }


def elementwise(request: Message) -> tuple[Message, Message]:
    """Do identity, and relu, which is the identity where its input is positive or NaN."""
    relu, x = request["layer"] == "relu", request["inputs"]["x"]
    if not relu:
        return {"y": x}, {"x": request["cotangents"].get("y")}
    values = decoded(x)
    outputs = {"y": encoded([0.0 if v <= 0 else v for v in values], x["shape"], request["dtype"])}
    if not request["gradients"]:
        return outputs, {}
    upstream = zip(values, decoded(request["cotangents"]["y"]), strict=True)
    return outputs, {"x": encoded([dy if v > 0 else 0.0 for v, dy in upstream], x["shape"], request["dtype"])}


def right_reply(request: Message) -> Message:
    outputs, gradients = (affine if request["layer"] == "affine" else elementwise)(request)
    gradients = {name: gradients[name] for name in request["gradients"]}
    return {"kind": "result", "id": request["id"], "outputs": copy.deepcopy(outputs), "gradients": gradients}


def line(message: Message) -> bytes:
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def flood(fd: int, megabytes: int) -> None:
    block = memoryview(b"x" * (1 << 20))
    for _ in range(megabytes):
        written = 0
        while written < len(block):
            written += os.write(fd, block[written:])


def tell_that_it_strikes() -> None:
    if STATE in os.environ:
        open(os.environ[STATE], "w").close()


class Requests:
    """The lines of standard input, so that one can tell whether another waits."""

    def __init__(self) -> None:
        self.buffered, self._partial = [], b""

    def __next__(self) -> bytes:
        while not self.buffered:
            chunk = os.read(0, 1 << 16)
            if not chunk:
                raise EOFError
            *complete, self._partial = (self._partial + chunk).split(b"\n")
            self.buffered += complete
        return self.buffered.pop(0)


REQUESTS = Requests()


def another_request_waits(seconds: float = 0.0) -> bool:
    return bool(REQUESTS.buffered) or bool(select.select([0], [], [], seconds)[0])
