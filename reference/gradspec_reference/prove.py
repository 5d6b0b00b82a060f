"""The proof of a request: its true values in balls, and around them the intervals of every allowed computation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import flint
import numpy as np

from gradspec.corpus.case import FLUSH, Interval
from gradspec.corpus.spec import layers as spec_layers

from .cases.question import Question
from .evaluate import Request, Tensors, evaluate
from .numbers.ball import Ball, UndecidedError, directed, exact, nearest
from .numbers.formats import FORMATS, Direction, Format
from .numbers.model import ONE, Model
from .numbers.operations import Array
from .numbers.rounded import Rounded, unit
from .scaling import scale_of_gradients, scale_of_loss

Proof = tuple[dict[str, Interval], dict[str, Interval]]
PRECISIONS = (128, 256, 512, 1024, 2048, 4096)


class UnprovenError(ValueError):
    """A case has no proven answer: a kink within the error, an overflow, a value on a rounding boundary."""


def request_of(layer: str, dtype: str, case: Question) -> Request:
    """Return the request that puts `case` to a layer."""
    gradients = tuple(spec_layers()[layer].differentiable) if case.gradients else ()
    return Request(layer, dtype, case.attributes, case.inputs, case.cotangents, gradients)


def prove(request: Request) -> Proof:
    """Return the proven intervals of outputs and gradients; raise `UnprovenError` where there is no proof."""
    form = FORMATS[request.dtype]
    why = ""
    for precision in PRECISIONS:
        with flint.ctx.workprec(precision):
            try:
                truth = [_values(tensors, form) for tensors in evaluate(request, Ball.of)]
                bounds = [_bounds_of(tensors, form) for tensors in computed(request, form)]
                return _intervals(truth[0], bounds[0]), _intervals(truth[1], bounds[1])
            except UndecidedError as undecided:
                why = str(undecided)
    raise UnprovenError(why)


def flushed(request: Request, proven: Proof) -> Proof | None:
    """Return a proof with the bounds under ``flush_to_zero`` where they differ, or None if there are none [TO-Z1]."""
    form = FORMATS[request.dtype]
    for precision in PRECISIONS:
        with flint.ctx.workprec(precision):
            try:
                bounds = [_bounds_of(tensors, form) for tensors in computed(request, form, flush=True)]
                return _with_profile(proven[0], bounds[0]), _with_profile(proven[1], bounds[1])
            except UndecidedError:
                continue
    return None


def _with_profile(intervals: Mapping[str, Interval], bounds: Mapping[str, tuple[Array, Array]]) -> dict[str, Interval]:
    result = {}
    for name, interval in intervals.items():
        lo, hi = np.minimum(interval.lo, bounds[name][0]), np.maximum(interval.hi, bounds[name][1])
        same = np.array_equal(lo, interval.lo, equal_nan=True) and np.array_equal(hi, interval.hi, equal_nan=True)
        result[name] = interval if same else replace(interval, profiles={FLUSH: (lo, hi)})
    return result


def computed(request: Request, form: Format, flush: bool = False) -> tuple[Tensors, Tensors]:
    """Return the outputs and the gradients of `request` in rounded numbers.

    Where the cotangent is a scalar, gradients are those of the sum of the losses, with the scalar factor taken out: the
    cotangent, divided by N for ``mean`` [CO-R4, TO-F3].
    """
    share, factor = scale_of_loss(request), scale_of_gradients(request)
    outputs, _ = evaluate(replace(request, gradients=()), partial(Rounded.of, Model(form, share, flush)))
    if not request.gradients:
        return outputs, {}
    if factor is None:
        return outputs, evaluate(request, partial(Rounded.of, Model(form, None, flush)))[1]
    model = Model(form, factor, flush)
    summed = replace(request, attributes={**request.attributes, "reduction": "sum"})
    return outputs, evaluate(summed, partial(Rounded.of, model), lambda _: unit(model))[1]


def _values(tensors: Tensors, form: Format) -> Tensors:
    values = {}
    for name, balls in tensors.items():
        rounded = [Ball.of(b).rounded_to(form) for b in balls.reshape(-1)]
        if any(r is None for r in rounded):
            raise UndecidedError(f"{name} lies too close to a rounding boundary to be rounded correctly")
        values[name] = np.array(rounded, dtype=np.float64).reshape(balls.shape)
    return values


def _bounds_of(tensors: Tensors, form: Format) -> dict[str, tuple[Array, Array]]:
    """Return the lower and the upper bounds of each tensor; NaN for an element that is not finite."""
    found = {}
    for name, numbers in tensors.items():
        pairs = [bounds(number, form) for number in numbers.reshape(-1)]
        lo, hi = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
        found[name] = lo.reshape(numbers.shape), hi.reshape(numbers.shape)
    return found


def _intervals(values: Tensors, bounds: Mapping[str, tuple[Array, Array]]) -> dict[str, Interval]:
    result = {}
    for name, value in values.items():
        lo, hi = bounds[name]
        inside = (lo <= value) & (value <= hi) | (np.isnan(value) & np.isnan(lo))
        if not inside.all():
            raise UnprovenError(f"{name}: the true value lies outside its own interval")
        result[name] = Interval(value, lo, hi)
    return result


def bounds(number: Any, form: Format) -> tuple[float, float]:
    """Return the smallest and the largest float that an allowed computation may give [TO-P2]."""
    if not isinstance(number, Rounded):
        return float(number), float(number)
    number = number.settle()
    factor = number.model.scale.value() if number.scaled and number.model.scale else ONE
    if not number.value.is_finite():
        if factor.is_zero() and not number.value.is_nan():
            raise UndecidedError("an infinity meets a scalar cotangent of 0")
        value = float(number.value * factor) if not number.value.is_nan() else math.nan
        return value, value
    value, error = number.value * factor, number.error * abs(factor)
    if number.is_exact() or factor.is_zero():
        exactly = nearest(value, form)
        if exactly is None or not exact(exactly) == value:
            raise UndecidedError("an exact number is not known exactly at this precision")
        return exactly, exactly
    low, high = (value - error).lower(), (value + error).upper()
    low = low if number.least is None else low.max(number.least.lower())
    high = high if number.most is None else high.min(number.most.upper())
    return directed(low, form, Direction.UP), directed(high, form, Direction.DOWN)
