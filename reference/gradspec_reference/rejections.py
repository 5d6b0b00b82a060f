"""Requests that must be refused as invalid_input: each a right request of the layer with one thing wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradspec.corpus.spec import InvalidInputError, Layer
from gradspec.corpus.spec import layers as spec_layers
from gradspec.corpus.tensors import encode

from .cases import CASES
from .cases.question import Draw
from .evaluate import Request, request_of
from .numbers.formats import FLOAT64
from .prove import UnprovenError

Fault = tuple[str, str, str, Request]


def base_of(layer: str) -> Request:
    """Return the layer's first float64 case in which no two extents agree."""
    names = ("distinct_extents", "mean", "asymmetric_matrix")
    return next(request_of(layer, "float64", c) for c in CASES[layer].cases(FLOAT64) if c.name in names)


def faults(layer: Layer) -> Iterator[Fault]:
    """Yield name, reason, clause and request of everything that the layer must refuse."""
    base = base_of(layer.name)
    draw = Draw(FLOAT64, f"{layer.name}/refusal")

    def change(**inputs: Any) -> Request:
        return replace(base, inputs={**base.inputs, **inputs})

    def ask(**changes: Any) -> Request:
        return replace(base, **changes)

    shapes = layer.clause("I1")
    first, final = layer.inputs[0], layer.inputs[-1]
    all_but_last = {k: v for k, v in base.inputs.items() if k != final.name}
    yield (
        "missing_input",
        f"{final.name} is missing.",
        "PR-4",
        ask(inputs=all_but_last),
    )
    yield "unknown_input", "There is no input z.", "PR-4", change(z=base.inputs[first.name])
    yield (
        "float32_input",
        f"{first.name} is float32 in a float64 request.",
        "CO-D1",
        change(**{first.name: base.inputs[first.name].astype(np.float32)}),
    )
    yield (
        "integer_input",
        f"{first.name} is int64.",
        "CO-D1",
        change(**{first.name: np.ones(base.inputs[first.name].shape, dtype=np.int64)}),
    )
    yield (
        "unknown_attribute",
        "There is no attribute axis.",
        "PR-4",
        ask(attributes={**base.attributes, "axis": "1"}),
    )
    for name in layer.attributes:
        given = {**base.attributes, name: "both"}
        yield f"unknown_{name}", f"{name} has no value both.", "PR-4", ask(attributes=given)
        rest = {k: v for k, v in base.attributes.items() if k != name}
        yield f"missing_{name}", f"{name} is missing.", "PR-4", ask(attributes=rest)
    for tensor in layer.inputs:
        array = base.inputs[tensor.name]
        if not isinstance(tensor.shape, list):
            continue
        flat = array.reshape(-1) if array.ndim == 2 else array[:1].reshape(())
        why = f"{tensor.name} has rank {flat.ndim}."
        yield f"{tensor.name}_rank_too_low", why, shapes, change(**{tensor.name: flat})
        for place, deep in (("row", array[None]), ("column", array[..., None])):
            why = f"{tensor.name} has rank {deep.ndim}: an axis of extent 1 is an axis."
            yield f"{tensor.name}_as_{place}", why, shapes, change(**{tensor.name: deep})
        for axis, symbol in enumerate(tensor.shape):
            if sum(symbol in t.shape for t in layer.inputs) > 1:
                one = array.take([0], axis=axis)
                longer = np.concatenate([array, one], axis=axis)
                why = f"{tensor.name} has one too many along {symbol}."
                yield f"{tensor.name}_too_long_along_{symbol.lower()}", why, shapes, change(**{tensor.name: longer})
                why = f"{tensor.name} has extent 1 along {symbol}: nothing broadcasts."
                yield f"{tensor.name}_one_along_{symbol.lower()}", why, shapes, change(**{tensor.name: one})
    if final.name == "labels":
        labels, classes = base.inputs["labels"], layer.bind(base.attributes, base.inputs)["C"]
        second, clause = np.arange(len(labels)) == 1, layer.clause("I3")
        yield "label_too_large", "A label equals C.", clause, change(labels=np.where(second, classes, labels))
        why = "A label is -1; labels do not count from the end."
        yield "label_negative", why, clause, change(labels=np.where(second, -1, labels))
        yield "float_labels", "Labels are float64, if integral.", clause, change(labels=labels.astype(np.float64))
    if layer.clause("I2") != "its page":
        ends_in_c = [t.name for t in layer.inputs if t.shape[-1] == "C"]
        empty: dict[str, Any] = {name: base.inputs[name][..., :0] for name in ends_in_c}
        empty |= {"labels": base.inputs["labels"] * 0} if final.name == "labels" else {}
        yield "no_classes", "C is 0.", layer.clause("I2"), change(**empty)
    cotangent = layer.cotangents[0]
    longer = draw.generic("cotangent", *base.cotangents[cotangent].shape, 2)
    yield (
        "cotangent_missing",
        "A gradient is asked for and no cotangent is given.",
        "CO-G1",
        ask(cotangents={}),
    )
    yield (
        "cotangent_misshapen",
        f"The cotangent has not the shape of {cotangent}.",
        "CO-G1",
        ask(cotangents={cotangent: longer}),
    )
    yield "cotangent_unasked", "A cotangent is given and no gradient asked for.", "PR-4", ask(gradients=())
    for tensor in layer.outputs:
        if not tensor.flows:
            cotangents = {**base.cotangents, tensor.name: draw.generic("auxiliary", 2)}
            why = f"{tensor.name} is auxiliary and takes no cotangent."
            yield f"cotangent_of_{tensor.name}", why, "CO-G3", ask(cotangents=cotangents)
    yield "unknown_gradient", "There is no input z to have a gradient.", "CO-G2", ask(gradients=("z",))
    if final.name == "labels":
        yield "gradient_of_labels", "Labels have no gradient.", "CO-G2", ask(gradients=("labels",))


def refusals() -> list[dict[str, Any]]:
    """Return every refusal as ``fixtures/refusals.json`` has it, and make sure that the spec refuses each."""
    found = []
    for layer in spec_layers().values():
        for name, why, clause, request in faults(layer):
            identifier = f"{layer.name}/refusal/{name}"
            try:
                layer.check(request.dtype, request.attributes, request.inputs, request.cotangents, request.gradients)
            except InvalidInputError:
                found.append(
                    {"id": identifier, "layer": layer.name, "why": why, "clause": clause, "request": _request(request)}
                )
            else:
                raise UnprovenError(f"{identifier} is not refused by the contract")
    return found


def _request(request: Request) -> dict[str, Any]:
    return {
        "dtype": request.dtype,
        "attributes": dict(request.attributes),
        "inputs": {k: encode(v, "list") for k, v in request.inputs.items()},
        "cotangents": {k: encode(v, "list") for k, v in request.cotangents.items()},
        "gradients": list(request.gradients),
    }
