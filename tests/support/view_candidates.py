"""Candidates that declare views, right but for what they make of one.

Run with ``python tests/support/view_candidates.py FAULT``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from gradspec import candidate
from gradspec.candidate import Tensors, identity, serve
from gradspec.corpus.tensors import Message, decode


def relu(inputs: Tensors, cotangents: Tensors, attributes: Any) -> tuple[Tensors, Tensors]:
    x = inputs["x"]
    return {"y": np.where(x <= 0, 0, x)}, {"x": np.where(x > 0, cotangents["y"], 0)} if cotangents else {}


def affine(inputs: Tensors, cotangents: Tensors, attributes: Any) -> tuple[Tensors, Tensors]:
    columns = attributes["layout"] == "columns"
    x, w, b = (inputs[name].T if columns else inputs[name] for name in "xwb")
    outputs = {"y": x @ w + b}
    gradients = {}
    if cotangents:
        dy = cotangents["y"].T if columns else cotangents["y"]
        gradients = {"x": dy @ w.T, "w": x.T @ dy, "b": dy.sum(axis=0)}
    return tuple({k: v.T if columns else v for k, v in group.items()} for group in (outputs, gradients))  # type: ignore[return-value]


def contiguous(tensor: Message) -> list[int]:
    steps = [1]
    for size in reversed(tensor["shape"][1:]):
        steps.insert(0, steps[0] * max(size, 1))
    return steps[: len(tensor["shape"])]


FAULTS: dict[str, Callable[[Message], Message]] = {
    "none": lambda t: t,
    "ignores_strides": lambda t: t | {"strides": contiguous(t)},
    "ignores_the_offset": lambda t: t | {"offset": 0},
    "repeats_nothing": lambda t: t | {"strides": [s or c for s, c in zip(t["strides"], contiguous(t), strict=True)]},
    "takes_the_first_stride_for_all": lambda t: t | {"strides": t["strides"][:1] * len(t["strides"])},
}


def spoilt(tensor: Message, *rest: str) -> Any:
    """Decode as the fault has it; what is then read from behind the end is zero."""
    if "strides" not in tensor:
        return decode(tensor, *rest)
    wrong = FAULTS[sys.argv[1]](tensor)
    flat = decode({k: tensor[k] for k in ("dtype", "data")} | {"shape": [-1]}, *rest)
    reach = wrong["offset"] + sum(max(n - 1, 0) * s for n, s in zip(wrong["shape"], wrong["strides"], strict=True)) + 1
    buffer = np.concatenate([flat, np.zeros(max(reach - flat.size, 0), flat.dtype)])
    return np.lib.stride_tricks.as_strided(
        buffer[wrong["offset"] :], wrong["shape"], [s * flat.itemsize for s in wrong["strides"]]
    )


if __name__ == "__main__":
    candidate.decode = spoilt
    table = {"identity": identity, "relu": relu, "affine": affine}
    serve(table, name="views", version="1", capabilities=["views"], encoding=sys.argv[2])
