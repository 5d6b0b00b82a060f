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

from .bounded import LEFT_OUT, Bounded, LeftOut

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


def mean(x: Array, count: int | None = None) -> Any:
    """Return the sum of ``(N,)`` divided by N, or by `count`; NaN over no elements [CO-R3].

    Rounded numbers get the factor before they are added, in units of it: it may be applied anywhere [TO-F3].
    """
    count = x.size if count is None else count
    if not count:
        return math.nan
    if x.size and isinstance(x.flat[0], Bounded):
        from .rounded import unit

        return (x * unit(x.flat[0].model)).sum()
    return x.sum() / count


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


def safe(x: Array, function: Callable[[Any], Any] | None = None) -> Array:
    """Return `function` of `x`, or `x`; rounded numbers that are not safe are left out [TO-F2]."""
    if x.dtype != object or not _holds_rounded(x):
        return np.asarray(function(x) if function else x)
    return np.asarray(np.frompyfunc(lambda e: _safe(e, function), 1, 1)(x), dtype=object)


def _safe(x: Any, function: Callable[[Any], Any] | None) -> Any:
    from .ball import UndecidedError

    try:
        x = (function(x) if function else x).settle()
    except UndecidedError:
        return LEFT_OUT
    return (
        x if isinstance(x, Bounded) and x.lowest() >= x.model.safe and x.magnitude <= x.model.invertible else LEFT_OUT
    )


def allowed(x: Array, *algorithms: Algorithm) -> Array:
    """Compute the same thing of `x` in every allowed way [TO-F1].

    Floats and balls are computed by the first algorithm. Of rounded numbers the result is the hull: the error of the
    worst algorithm. An algorithm without a bound refuses the request, unless it has a condition that leaves it out.
    """
    first, *others = algorithms
    result = np.asarray(first(x))
    if x.dtype == object and _holds_rounded(x):
        for other in others:
            result = np.asarray(np.frompyfunc(hull, 2, 1)(result, other(x)), dtype=object)
    return result


def hull(a: Any, b: Any) -> Any:
    """Return the wider of two computations of the same value; what is left out does not count [TO-F1]."""
    a, b = (x.settle() if isinstance(x, Bounded | LeftOut) else x for x in (a, b))
    if b is LEFT_OUT or not isinstance(a, Bounded) or not isinstance(b, Bounded) or not a.value.is_finite():
        return a
    from .rounded import Rounded

    grid = None if a.grid is None or b.grid is None else min(a.grid, b.grid)
    error, drift = a.error.max(b.error), a.drift.max(b.drift)
    return Rounded(a.model, a.value, error, drift=drift, grid=grid, scaled=a.scaled)


def _holds_rounded(x: Array) -> bool:
    return any(isinstance(element, Bounded) for element in x.flat)
