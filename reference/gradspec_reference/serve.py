"""The reference as a candidate: every layer, every attribute, in the request's own dtype."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gradspec.candidate import Function, Tensors, serve
from gradspec.corpus.spec import layers as spec_layers

from .evaluate import Request, evaluate
from .layers import LAYERS


def answer(layer: str, inputs: Tensors, cotangents: Tensors, attributes: dict[str, str]) -> tuple[Tensors, Tensors]:
    """Return outputs and every gradient of `layer`, or none where there are no cotangents."""
    gradients = tuple(spec_layers()[layer].differentiable) if cotangents else ()
    dtype = next(x.dtype.name for x in inputs.values() if x.dtype.kind == "f")
    return evaluate(Request(layer, dtype, attributes, inputs, cotangents, gradients))


def main(names: Iterable[str] = LAYERS) -> None:
    """Serve the layers `names` of the reference, and identity, on standard input and output."""
    table: dict[str, Function] = {name: partial(answer, name) for name in ("identity", *names)}
    serve(table, name="gradspec-reference", version="1.1", capabilities=["views"])
