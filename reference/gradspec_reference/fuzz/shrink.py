"""A counterexample made small: fewer gradients, rows, columns and classes, and simpler values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np

from gradspec.corpus.spec import InvalidInputError, layers

from ..evaluate import Request
from ..independent.formulas import Array
from ..independent.variants import named
from .attack import UNNAMED, Finding, attack

RETRIES = 6  # seeds that are tried where chance was part of the algorithm
LIMIT_S = 20.0
BITS = (1, 2, 4, 8, 16, 32)


def again(finding: Finding, request: Request) -> Finding | None:
    """Return what is found in `request` of the kind of `finding`, by the same algorithm."""
    name = finding.algorithm
    variants = [] if name in UNNAMED else [named(name)]
    prefix, _, seed = name.partition(":")
    if seed:
        variants += [named(f"{prefix}:{int(seed) + i}") for i in range(1, RETRIES)]
    alike = (f for f in attack(request, variants, finding.profile).findings if f.what == finding.what)
    return next((f for f in alike if f.tensor == finding.tensor), None)


def shrink(finding: Finding, limit_s: float = LIMIT_S) -> Finding:
    """Return a finding of the same kind in the simplest request that was found in `limit_s` seconds."""
    best, until = finding, monotonic() + limit_s
    progress = True
    while progress:
        progress = False
        for candidate in _simpler(best):
            if monotonic() > until:
                return best
            if cost(candidate) < cost(best.request) and _is_valid(candidate) and (found := again(best, candidate)):
                best, progress = found, True
                break
    return best


def cost(request: Request) -> tuple[int, float]:
    """Return how hard a request is to read."""
    tensors = [*request.inputs.values(), *request.cotangents.values()]
    words = len(request.gradients) + sum(value not in ("rows", "sum") for value in request.attributes.values())
    return sum(a.size + a.ndim for a in tensors) + words, sum(_cost(float(x)) for a in tensors for x in a.reshape(-1))


def _cost(x: float) -> float:
    if x == 0 or not math.isfinite(x):
        return (0.1 if math.copysign(1, x) < 0 else 0) if x == 0 else 200
    mantissa, exponent = math.frexp(abs(x))
    bits = int(mantissa * 2**53)
    bits = (bits // (bits & -bits)).bit_length()
    return 1 + (x < 0) * 0.5 + bits + abs(exponent - 1) / 64


def _is_valid(request: Request) -> bool:
    arguments = request.dtype, request.attributes, request.inputs, request.cotangents, request.gradients
    try:
        layers()[request.layer].check(*arguments)
    except InvalidInputError:
        return False
    return True


def _simpler(finding: Finding) -> Iterator[Request]:
    request = finding.request
    yield from _fewer_gradients(request, finding.tensor)
    yield from _plainer_attributes(request)
    for symbol, size in _sizes(request).items():
        if isinstance(size, tuple):
            yield _map(request, lambda symbols, a: a.reshape(-1))
        count = math.prod(size) if isinstance(size, tuple) else size
        if count > 3:
            yield _without(request, symbol, range(count // 2))
            yield _without(request, symbol, range(count // 2, count))
        yield from (_without(request, symbol, [i]) for i in reversed(range(count)))
    yield from _simpler_values(request)


def _fewer_gradients(request: Request, tensor: str) -> Iterator[Request]:
    kind, _, name = tensor.partition("/")
    if kind == "outputs" and request.gradients:
        yield replace(request, gradients=(), cotangents={})
    elif kind == "gradients":
        yield replace(request, gradients=(name,))


def _plainer_attributes(request: Request) -> Iterator[Request]:
    if request.attributes.get("layout") == "columns":
        turned = _map(request, lambda symbols, a: a.T)
        yield replace(turned, attributes={**request.attributes, "layout": "rows"})
    if request.attributes.get("reduction") == "mean":
        yield replace(request, attributes={**request.attributes, "reduction": "sum"})


def _sizes(request: Request) -> dict[str, Any]:
    return layers()[request.layer].bind(request.attributes, request.inputs)


def _map(request: Request, change: Any) -> Request:
    """Return `request` with every tensor changed, given the symbols of its shape."""
    spec = layers()[request.layer]
    symbols = {t.name: t.symbols(request.attributes) for t in (*spec.inputs, *spec.outputs)}
    inputs = {name: change(symbols[name], a) for name, a in request.inputs.items()}
    cotangents = {name: change(symbols[name], a) for name, a in request.cotangents.items()}
    return replace(request, inputs=inputs, cotangents=cotangents)


def _without(request: Request, symbol: str, dropped: Any) -> Request:
    """Return `request` without these indices of a size; labels of dropped classes become 0."""
    dropped = list(dropped)

    def cut(symbols: Any, a: Array) -> Array:
        if symbols == symbol:
            return np.delete(a.reshape(-1), dropped)
        for axis, own in enumerate(symbols):
            a = np.delete(a, dropped, axis) if own == symbol else a
        return a

    smaller = _map(request, cut)
    if symbol != "C" or "labels" not in request.inputs:
        return smaller
    labels = smaller.inputs["labels"]
    kept = np.where(np.isin(labels, dropped), 0, labels - sum((labels > i).astype(np.int64) for i in dropped))
    return replace(smaller, inputs={**smaller.inputs, "labels": kept.astype(np.int64)})


def _simpler_values(request: Request) -> Iterator[Request]:
    for name, array in request.inputs.items():
        if array.dtype.kind == "f":
            yield from (replace(request, inputs={**request.inputs, name: other}) for other in _arrays(array))
    for name, array in request.cotangents.items():
        yield from (replace(request, cotangents={**request.cotangents, name: other}) for other in _arrays(array))


def _arrays(array: Array) -> Iterator[Array]:
    yield from (np.zeros_like(array), np.ones_like(array))
    for at in range(array.size):
        yield from (_with(array, at, x) for x in _instead(array.reshape(-1)[at]))


def _with(array: Array, at: int, x: float) -> Array:
    result = array.copy()
    result[np.unravel_index(at, array.shape)] = x
    return result


def _instead(x: Any) -> Iterator[float]:
    """Yield simpler numbers, the simplest first."""
    x = float(x)
    yield from (0.0, 1.0)
    if not math.isfinite(x) or x == 0:
        return
    yield abs(x)
    mantissa, exponent = math.frexp(x)
    for bits in BITS:
        yield math.ldexp(round(math.ldexp(mantissa, bits)), exponent - bits)
    for nearer in (exponent // 2, exponent - (1 if exponent > 1 else -1)):
        yield math.ldexp(mantissa, nearer)
