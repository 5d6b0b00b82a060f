"""One layer in any kind of number: floats here, balls and rounded numbers for the proof; a candidate needs no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradspec.corpus.spec import layers as spec_layers

from .layers import LAYERS
from .numbers.operations import Array, lift

Tensors = dict[str, Array]


@dataclass(frozen=True)
class Request:
    """What is asked of a layer: the same for the reference, a fixture's case and a candidate."""

    layer: str
    dtype: str
    attributes: Mapping[str, str]
    inputs: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    gradients: tuple[str, ...]


def is_turned(request: Request) -> bool:
    """Tell whether examples are columns [CO-L1]."""
    return request.attributes.get("layout") == "columns"


def evaluate(
    request: Request,
    number: Callable[[float], Any] | None = None,
    cotangent: Callable[[float], Any] | None = None,
) -> tuple[Tensors, Tensors]:
    """Return the outputs and the gradients of `request`, computed in `number` (None: in its own dtype).

    Cotangents enter as `cotangent` makes them, or as `number` does. The pages have examples as rows: for layout
    ``columns`` every tensor is transposed on the way in and out [CO-L1].
    """
    spec, page = spec_layers()[request.layer], LAYERS[request.layer]
    attributes = {k: v for k, v in request.attributes.items() if k != "layout"}
    turned = is_turned(request)

    def enter(array: Array, made: Callable[[float], Any] | None = number) -> Array:
        array = array.T if turned else array
        return lift(array, made) if made and array.dtype.kind == "f" else array

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
        cotangents = [enter(request.cotangents[name], cotangent or number) for name in spec.cotangents]
        gradients = leave(spec.differentiable, page.backward(*cotangents, *inputs, **attributes))
    return outputs, {name: gradients[name] for name in request.gradients}
