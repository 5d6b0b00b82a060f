"""One layer, three kinds of number: floats, balls for the truth, rounded numbers for the interval around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import flint
import numpy as np

from gradspec.corpus.case import Interval
from gradspec.corpus.spec import layers as spec_layers

from .cases.question import Question
from .layers import LAYERS
from .numbers.ball import Ball, UndecidedError, directed
from .numbers.formats import FORMATS, Direction, Format
from .numbers.operations import Array, lift
from .numbers.rounded import Model, Rounded

Tensors = dict[str, Array]
LARGEST_SCALE = 2.0**20
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)


class UnprovenError(ValueError):
    """A case has no proven answer: a kink within the error, an overflow, a value on a rounding boundary."""


@dataclass(frozen=True)
class Request:
    """What is asked of a layer: the same for the reference, a fixture's case and a candidate."""

    layer: str
    dtype: str
    attributes: Mapping[str, str]
    inputs: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    gradients: tuple[str, ...]


def request_of(layer: str, dtype: str, case: Question) -> Request:
    """Return the request that puts `case` to a layer."""
    gradients = tuple(spec_layers()[layer].differentiable) if case.gradients else ()
    return Request(layer, dtype, case.attributes, case.inputs, case.cotangents, gradients)


def is_turned(request: Request) -> bool:
    """Tell whether examples are columns [CO-L1]."""
    return request.attributes.get("layout") == "columns"


def evaluate(request: Request, number: Callable[[float], Any] | None = None) -> tuple[Tensors, Tensors]:
    """Return the outputs and the gradients of `request`, computed in `number` (None: in its own dtype).

    The pages have examples as rows: for layout ``columns`` every tensor is transposed on the way in and out [CO-L1].
    """
    spec, page = spec_layers()[request.layer], LAYERS[request.layer]
    attributes = {k: v for k, v in request.attributes.items() if k != "layout"}
    turned = is_turned(request)

    def enter(array: Array) -> Array:
        array = array.T if turned else array
        return lift(array, number) if number and array.dtype.kind == "f" else array

    def leave(names: list[str], results: Any) -> Tensors:
        results = results if isinstance(results, tuple) else (results,)
        kind: Any = object if number else request.dtype
        arrays = (np.asarray(r, dtype=kind) for r in results)
        return {name: a.T if turned else a for name, a in zip(names, arrays, strict=True)}

    inputs = [enter(request.inputs[t.name]) for t in spec.inputs]
    with np.errstate(all="ignore"):
        outputs = leave([t.name for t in spec.outputs], page.forward(*inputs, **attributes))
        if not request.gradients:
            return outputs, {}
        cotangents = [enter(request.cotangents[name]) for name in spec.cotangents]
        gradients = leave(spec.differentiable, page.backward(*cotangents, *inputs, **attributes))
    return outputs, {name: gradients[name] for name in request.gradients}


def prove(request: Request) -> tuple[dict[str, Interval], dict[str, Interval]]:
    """Return the proven intervals of outputs and gradients; raise `CaseRefusedError` where there is no proof."""
    form = FORMATS[request.dtype]
    why = ""
    for precision in PRECISIONS:
        with flint.ctx.workprec(precision):
            try:
                truth = [_values(tensors, form) for tensors in evaluate(request, Ball.of)]
                outputs, _ = evaluate(replace(request, gradients=()), partial(Rounded.of, Model(form)))
                _, gradients = evaluate(request, partial(Rounded.of, Model(form, scale=_scale(request))))
                return _intervals(truth[0], outputs, form), _intervals(truth[1], gradients, form)
            except UndecidedError as undecided:
                why = str(undecided)
    raise UnprovenError(why)


def _scale(request: Request) -> float:
    """Return how far the request's scalar cotangents may scale an underflow [TO-M5]."""
    scale = max((abs(float(c)) for c in request.cotangents.values() if c.ndim == 0), default=1.0)
    if scale > LARGEST_SCALE:
        raise UnprovenError(f"a scalar cotangent must not exceed {LARGEST_SCALE:g}, got {scale:g}; see TO-M5")
    return scale


def _values(tensors: Tensors, form: Format) -> Tensors:
    values = {}
    for name, balls in tensors.items():
        rounded = [Ball.of(b).rounded_to(form) for b in balls.reshape(-1)]
        if any(r is None for r in rounded):
            raise UndecidedError(f"{name} lies too close to a rounding boundary to be rounded correctly")
        values[name] = np.array(rounded, dtype=np.float64).reshape(balls.shape)
    return values


def _intervals(values: Tensors, tensors: Tensors, form: Format) -> dict[str, Interval]:
    result = {}
    for name, numbers in tensors.items():
        value = values[name]
        pairs = [_bounds(n, v, form) for n, v in zip(numbers.reshape(-1), value.reshape(-1), strict=True)]
        lo, hi = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
        interval = Interval(value, lo.reshape(value.shape), hi.reshape(value.shape))
        inside = (interval.lo <= value) & (value <= interval.hi) | np.isnan(value)
        if not inside.all():
            raise UnprovenError(f"{name}: the true value lies outside its own interval")
        result[name] = interval
    return result


def _bounds(number: Any, value: float, form: Format) -> tuple[float, float]:
    """Return the smallest and the largest float that lie within the error of the true value [TO-P2]."""
    if not isinstance(number, Rounded) or not number.value.is_finite():
        return value, value
    number = number.settle()
    if not number.error.is_finite():
        raise UndecidedError("an admitted computation may overflow, or divide by zero")
    if number.is_exact():
        return value, value
    low, high = (number.value - number.error).lower(), (number.value + number.error).upper()
    return directed(low, form, Direction.UP), directed(high, form, Direction.DOWN)
