"""Tensors of the protocol, in base64, as lists or raw: ``refusals.json`` holds them and messages carry them.

In memory the `data` of a raw tensor is a view of its bytes; in a line the tensor has their count as `bytes` instead.
Source: ``spec/protocol.md``, PR-T1 to PR-T3 and PR-T5.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pybase64

from .text import shorten

Array = npt.NDArray[Any]
Message = dict[str, Any]

SMALLEST_INT64 = -(2**63)
ON_THE_WIRE: dict[str, np.dtype[Any]] = {
    "float64": np.dtype("<f8"),
    "float32": np.dtype("<f4"),
    "int64": np.dtype("<i8"),
}
NAMES: dict[np.dtype[Any], str] = {np.dtype(name): name for name in ON_THE_WIRE}
LONG_TEXT = 1 << 18  # letters from which on a base64 text is no str in memory


class LongText(NamedTuple):
    """The base64 text of a large tensor, as its bytes in a line."""

    letters: memoryview


IN_MEMORY = {"base64": (str, LongText), "list": (list,), "raw": (memoryview,)}
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class ProtocolError(Exception):
    """A line is not the message that it has to be; `fault` is the harness's name for what is wrong."""

    def __init__(self, fault: str, message: str) -> None:
        super().__init__(message)
        self.fault = fault


def encode(array: Array, encoding: str) -> Message:
    """Return `array` as a tensor of the protocol, contiguous and row-major [PR-T1, PR-T2]."""
    data: Any
    name = NAMES.get(array.dtype) or array.dtype.name
    if encoding == "list":
        data = array.reshape(-1).tolist()
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            data = [_word(x) for x in data]
    else:
        little = np.ascontiguousarray(array, ON_THE_WIRE.get(name) or array.dtype.newbyteorder("<"))
        data = little.reshape(-1).view(np.uint8).data
        if encoding == "base64":
            short = data.nbytes < LONG_TEXT
            data = pybase64.b64encode_as_string(data) if short else LongText(memoryview(pybase64.b64encode(data)))
    return {"dtype": name, "shape": list(array.shape), "data": data}


def _word(x: float) -> float | str:
    if math.isnan(x):
        return "NaN"
    return x if math.isfinite(x) else "Infinity" if x > 0 else "-Infinity"


def decode(tensor: Message, name: str = "tensor", encoding: str = "") -> Array:
    """Return the array that a tensor of the protocol stands for; a view shares its buffer [PR-T1 to PR-T3].

    Raises
    ------
    ProtocolError
        With fault ``wrong_shape``: the data do not hold what dtype, shape, strides and offset say. With fault
        ``garbage``: they are no base64, no int64, or not in the `encoding` that was declared, if one is given.
    """
    data, dtype = tensor["data"], ON_THE_WIRE[tensor["dtype"]]
    if encoding and type(data) not in IN_MEMORY[encoding]:
        raise ProtocolError("garbage", f"{name}: data must be in encoding {encoding}, as the hello declared")
    if type(data) is str and "strides" not in tensor:
        with contextlib.suppress(ValueError, OverflowError, TypeError):  # what is wrong, is said below
            return np.frombuffer(pybase64.b64decode(data, validate=True), dtype).reshape(tensor["shape"])
    shape = [int(n) for n in tensor["shape"]]
    if not isinstance(data, list):
        try:
            text = data.letters if isinstance(data, LongText) else data
            raw = text if text is data and not isinstance(data, str) else pybase64.b64decode(text, validate=True)
        except ValueError as error:
            raise ProtocolError("garbage", f"{name}: data is not base64: {error}") from None
        if len(raw) % dtype.itemsize:
            raise ProtocolError("wrong_shape", f"{name}: {len(raw)} bytes are no whole number of {dtype.name}")
        buffer = np.frombuffer(raw, dtype=dtype)
    else:
        buffer = _from_list(data, dtype, name)
    try:
        if "strides" in tensor:
            return _view(buffer, shape, [int(s) for s in tensor["strides"]], int(tensor["offset"]), name)
        return buffer.reshape(shape)
    except (ValueError, OverflowError):
        sizes = shorten(str(shape).encode())
        message = f"{name}: shape {sizes} needs {math.prod(shape)} elements, got {buffer.size}"
        raise ProtocolError("wrong_shape", message) from None


def _from_list(data: list[Any], dtype: Any, name: str) -> Array:
    if dtype.kind == "i":
        if not all(isinstance(x, int) and SMALLEST_INT64 <= x < 2**63 for x in data):
            raise ProtocolError("garbage", f"{name}: data of dtype int64 must be integers")
        return np.array(data, dtype=dtype)
    with np.errstate(over="ignore"):
        return np.array([_WORDS[x] if isinstance(x, str) else x for x in data], dtype=np.float64).astype(dtype)


def _view(buffer: Array, shape: list[int], strides: list[int], offset: int, name: str) -> Array:
    if len(strides) != len(shape):
        raise ProtocolError("wrong_shape", f"{name}: {len(strides)} strides for {len(shape)} axes")
    if 0 in shape:
        return np.empty(shape, dtype=buffer.dtype)
    steps = [s if n > 1 else 0 for n, s in zip(shape, strides, strict=True)]
    if offset + sum((n - 1) * s for n, s in zip(shape, steps, strict=True)) >= buffer.size:
        raise ProtocolError("wrong_shape", f"{name}: shape {shape}, strides {strides}, offset {offset} leave its data")
    bytes_apart = [s * buffer.itemsize for s in steps]
    view: Array = np.ndarray(shape, buffer.dtype, buffer, offset * buffer.itemsize, bytes_apart)
    view.flags.writeable = False
    return view
