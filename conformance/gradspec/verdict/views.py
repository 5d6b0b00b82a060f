"""Write tensors as views: the same numbers, strided through a buffer whose other elements are NaN.

Source: spec/protocol.md, PR-T3. Where a candidate takes them, three arrangements are asked: in ``transposed`` the first
axis lies closest in memory, ``sliced`` begins behind the start and leaves gaps along every axis, and ``repeated`` has
stride 0 along each axis whose numbers are all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus.tensors import SMALLEST_INT64, Message, encode

Array = npt.NDArray[Any]

ARRANGEMENTS = ("transposed", "sliced", "repeated")


def differs(tensors: Iterable[Array], arrangement: str) -> bool:
    """Tell whether an arrangement changes how any of the tensors lies in memory."""
    if arrangement == "transposed":
        return any(sum(n > 1 for n in x.shape) > 1 for x in tensors if x.size)
    if arrangement == "repeated":
        return any(any(_constant(x)) for x in tensors)
    return any(x.size for x in tensors)


def arranged(array: Array, encoding: str, arrangement: str) -> Message:
    """Return `array` as a tensor of the protocol with strides and offset, in elements."""
    gap = 1 if arrangement == "sliced" else 0
    still = _constant(array) if arrangement == "repeated" else [False] * array.ndim
    order = range(array.ndim) if arrangement == "transposed" else reversed(range(array.ndim))
    strides, size = [0] * array.ndim, 1 + gap
    for axis in order:
        if not still[axis]:
            strides[axis], size = size, size * (array.shape[axis] + gap)
    hole = np.nan if array.dtype.kind == "f" else SMALLEST_INT64
    buffer = np.full(gap + size, hole, dtype=array.dtype)
    steps = [stride * array.itemsize for stride in strides]
    view: Array = np.ndarray(array.shape, array.dtype, buffer, gap * array.itemsize, steps)
    view[...] = array
    return encode(buffer, encoding) | {"shape": list(array.shape), "strides": strides, "offset": gap}


def _constant(array: Array) -> list[bool]:
    """Tell for each axis whether all along it is the same, bit for bit, and more than one."""
    bits = np.ascontiguousarray(array).view(f"u{array.itemsize}").reshape(array.shape)
    many = bits.size > 0
    return [many and n > 1 and bool((bits == bits.take([0], axis)).all()) for axis, n in enumerate(array.shape)]
