"""Arithmetic that replaces every subnormal number by zero, as the profile ``flush_to_zero`` allows [TO-Z1]."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arithmetic import Arithmetic
from .formulas import Array


def flushed(x: Array) -> Array:
    """Return `x` with zeros of its signs for subnormal numbers."""
    if x.dtype.kind != "f":
        return x
    return np.asarray(np.where(np.abs(x) < np.finfo(x.dtype).smallest_normal, np.copysign(x.dtype.type(0), x), x))


class Normal(np.ndarray[Any, Any]):
    """Numbers of which no operation sees or gives a subnormal one; comparisons see zeros, too."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        options.pop("out", None)
        plain = [flushed(np.asarray(x)) if isinstance(x, np.ndarray) else x for x in inputs]
        result = getattr(ufunc, method)(*plain, **options)
        return flushed(np.asarray(result)).view(Normal)


class Flushing(Arithmetic):
    """Every operand and every result is flushed."""

    def enter(self, given: Array) -> Array:
        return flushed(given).view(Normal) if given.dtype.kind == "f" else given

    def leave(self, result: Any, dtype: str) -> Array:
        return flushed(super().leave(np.asarray(result), dtype))
