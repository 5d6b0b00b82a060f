"""Which variants are worth putting to a request: those that compute something of its layer in their own way."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np

from gradspec.corpus.spec import layers

from ..evaluate import Request
from ..independent.arithmetic import Arithmetic
from ..independent.flushing import Flushing
from ..independent.sums import WiderThroughout
from ..independent.variants import SEEDS, alone, anything, mixed, mixture

DRAWN = 4  # variants of `Anything` for each request
MIXED = 2  # mixtures of ways for each request


def variants_for(request: Request, seed: int, profile: str = "") -> Iterable[Arithmetic]:
    """Return the variants that may answer `request` differently, and some that `seed` draws."""
    used = _methods(request.layer, request.attributes.get("reduction", ""), bool(request.gradients))
    yield from _relevant(used, bool(profile))
    random = np.random.default_rng(seed)
    if profile or used & {"exp", "log", "total", "accumulate", "bias"}:
        yield from (mixture(random, *((Flushing,) if profile else ())) for _ in range(MIXED))
        yield from (anything(int(random.integers(SEEDS)), flushes=bool(profile)) for _ in range(DRAWN))


@functools.cache
def _relevant(used: frozenset[str], flushes: bool) -> tuple[Arithmetic, ...]:
    def overrides(variant: Arithmetic) -> bool:
        return any(name in vars(cls) for cls in type(variant).__mro__[:-3] for name in used)

    if flushes:
        ways = (type(variant) for variant in _relevant(used, False))
        return tuple(mixed(Flushing, way) for way in ways if way is not WiderThroughout)
    plain, *others = alone()
    return plain, *filter(overrides, others)


@functools.cache
def _methods(layer: str, reduction: str, backward: bool) -> frozenset[str]:
    """Return the names of the methods that a layer's formulas call."""
    spec, called = layers()[layer], set()
    attributes = {name: values[0] for name, values in spec.attributes.items()} | {"reduction": reduction}
    sizes: Any = {s: (2, 2) if s == "S" else 2 for t in spec.inputs for s in t.symbols(attributes)}
    inputs = {t.name: np.zeros(spec.shape(t, attributes, sizes), t.dtype.replace("float", "f8")) for t in spec.inputs}
    outputs = [t for t in spec.outputs if t.flows and backward]
    cotangents = {t.name: np.zeros(spec.shape(t, attributes, sizes)) for t in outputs}

    class Recorder(Arithmetic):
        def __getattribute__(self, name: str) -> Any:
            called.add(name)
            return super().__getattribute__(name)

    Recorder().answer(Request(layer, "float64", attributes, inputs, cotangents, ()))
    return frozenset(called)
