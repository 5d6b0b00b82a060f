"""What the layers need beyond NumPy's own operators, for floats, `Ball` and `Rounded` alike.

Arrays of floats are ordinary NumPy arrays; arrays of the other two have dtype ``object``. NumPy's ``@``, ``+``,
``-``, ``*``, ``/``, ``>``, ``exp``, ``log``, ``sum`` and indexing work on both kinds. ``np.maximum`` does not: on
objects it asks Python for an order, which an uncertain number does not have.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .portable import Portable
from .rounded import Rounded

Array = npt.NDArray[Any]
Algorithm = Callable[[Array], Array]

_maximum = np.frompyfunc(lambda a, b: a.maximum(b), 2, 1)


def lift(array: Array, number: Callable[[float], Any]) -> Array:
    """Return `array` with every element made a `number`, dtype object, same shape."""
    lifted = np.empty(array.shape, dtype=object)
    lifted.reshape(-1)[:] = [number(float(x)) for x in array.reshape(-1)]
    return lifted


def maximum(x: Array, other: Array | float) -> Array:
    """Return the larger of each two elements; NaN wins."""
    return np.asarray(_maximum(x, other)) if x.dtype == object else np.maximum(x, other)


def row_maximum(x: Array) -> Array:
    """Return the largest element of each row of ``(N, C)``, as ``(N, 1)``; NaN wins."""
    reduce = _maximum.reduce if x.dtype == object else np.maximum.reduce
    return np.asarray(reduce(x, axis=1, keepdims=True))


def mean(x: Array) -> Any:
    """Return the sum of ``(N,)`` divided by N; NaN over no elements [CO-R3]."""
    return x.sum() / x.size if x.size else math.nan


def through_float32(x: Array) -> Array:
    """Return `x` after a stay in float32: what a buffer of the narrower type leaves of it."""
    return _each(x, Portable.through_float32) if x.dtype == object else x.astype(np.float32).astype(x.dtype)


def limits(x: Array) -> Any:
    """Return what NumPy knows of the dtype of `x`: `smallest_normal`, `max`, `nmant`."""
    kinds = (type(e.x) for e in x.flat if isinstance(e, Portable)) if x.dtype == object else iter([x.dtype])
    return np.finfo(next(kinds, np.float64))


def _each(x: Array, function: Callable[[Any], Any]) -> Array:
    """Apply `function` to the portable numbers among the elements of `x`; the others are small integers."""
    return np.asarray(np.frompyfunc(lambda e: function(e) if isinstance(e, Portable) else e, 1, 1)(x), dtype=object)


def safe(x: Array) -> Array:
    """Return `x`; a formulation that relies on it is admitted only where it is far above underflow [TO-F2]."""
    if x.dtype != object:
        return x
    return np.asarray(np.frompyfunc(_safe, 1, 1)(x))


def _safe(x: Any) -> Any:
    if isinstance(x, Rounded) and not (settled := x.settle()).value + settled.error >= x.model.safe:
        return Rounded.unbounded(x.model, x.value)
    return x


def allowed(x: Array, *algorithms: Algorithm) -> Array:
    """Compute the same thing of `x` in every admitted way [TO-F1].

    Floats and balls are computed by the first formulation. Of rounded numbers the result is the hull: the error
    of the worst formulation among those that keep it bounded.
    """
    first, *others = algorithms
    result = first(x)
    if x.dtype == object and any(isinstance(element, Rounded) for element in x.flat):
        for other in others:
            result = np.asarray(np.frompyfunc(Rounded.hull, 2, 1)(result, other(x)))
    return result
