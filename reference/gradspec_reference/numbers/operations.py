"""What the layers need beyond NumPy's own operators, for floats, `Ball` and `Rounded` alike.

Arrays of floats are ordinary NumPy arrays; arrays of the other two have dtype ``object``. NumPy's ``@``, ``+``,
``-``, ``*``, ``/``, ``>``, ``exp``, ``log``, ``sum`` and indexing work on both kinds. ``np.maximum`` does not: on
objects it asks Python for an order, which an uncertain number does not have. What proves is imported where such
numbers come, so that floats need no python-flint.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

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
    return _each(x, lambda e: e.through_float32()) if x.dtype == object else x.astype(np.float32).astype(x.dtype)


def limits(x: Array) -> Any:
    """Return what NumPy knows of the dtype of `x`: `smallest_normal`, `max`, `nmant`."""
    if x.dtype != object:
        return np.finfo(x.dtype)
    from .portable import Portable

    return np.finfo(next((type(e.x) for e in x.flat if isinstance(e, Portable)), np.float64))


def _each(x: Array, function: Callable[[Any], Any]) -> Array:
    """Apply `function` to the portable numbers among the elements of `x`; the others are small integers."""
    from .portable import Portable

    return np.asarray(np.frompyfunc(lambda e: function(e) if isinstance(e, Portable) else e, 1, 1)(x), dtype=object)


def safe(x: Array) -> Array:
    """Return `x`; a formulation that relies on it is admitted only where it is far above underflow [TO-F2]."""
    if x.dtype != object:
        return x
    from .rounded import Rounded

    def unless_small(e: Any) -> Any:
        small = isinstance(e, Rounded) and not (settled := e.settle()).value + settled.error >= e.model.safe
        return Rounded.unbounded(e.model, e.value) if small else e

    return np.asarray(np.frompyfunc(unless_small, 1, 1)(x))


def allowed(x: Array, *algorithms: Algorithm) -> Array:
    """Compute the same thing of `x` in every admitted way [TO-F1].

    Floats and balls are computed by the first formulation. Of rounded numbers the result is the hull: the error
    of the worst formulation among those that keep it bounded.
    """
    first, *others = algorithms
    result = first(x)
    if x.dtype != object:
        return result
    from .rounded import Rounded

    if any(isinstance(element, Rounded) for element in x.flat):
        for other in others:
            result = np.asarray(np.frompyfunc(Rounded.hull, 2, 1)(result, other(x)))
    return result
