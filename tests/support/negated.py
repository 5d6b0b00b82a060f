"""A candidate that is right but for the sign of every gradient; nearly every case fails."""

from __future__ import annotations

from functools import partial

from gradspec.candidate import Tensors, serve
from gradspec_reference.layers import LAYERS
from gradspec_reference.serve import answer


def negated(layer: str, inputs: Tensors, cotangents: Tensors, attributes: dict[str, str]) -> tuple[Tensors, Tensors]:
    """Answer with every gradient's sign changed."""
    outputs, gradients = answer(layer, inputs, cotangents, attributes)
    return outputs, {name: g if layer == "identity" else -g for name, g in gradients.items()}


if __name__ == "__main__":
    serve({name: partial(negated, name) for name in LAYERS}, name="negated", version="1")
