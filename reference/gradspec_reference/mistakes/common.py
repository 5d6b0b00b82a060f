"""Mistakes that any layer can make: with its layout, its precision, its cotangent, and its finished tensors."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from gradspec.corpus.spec import InvalidInputError
from gradspec.corpus.spec import layers as spec_layers

from .. import evaluate
from ..evaluate import Request, is_turned
from ..layers import LAYERS
from ..numbers.operations import Array, limits, through_float32
from .mistake import DOUBLE, Mistake, instead

Change = Callable[[Array], Array]


def _fits_as_rows(request: Request) -> bool:
    attributes = {**request.attributes, "layout": "rows"}
    layer = spec_layers()[request.layer]
    try:
        layer.check(request.dtype, attributes, request.inputs, request.cotangents, request.gradients)
    except InvalidInputError:
        return False
    return True


def layout_ignored(clause: str) -> Mistake:
    """Return the mistake of computing as for rows, wherever the shapes let it pass."""
    return Mistake(
        "columns_taken_for_rows",
        "The layout was ignored: examples that stand in columns were read as if they stood in rows, and no shape objected",
        "With layout columns, transpose every matrix on the way in and on the way out",
        ("CO-L1", clause),
        instead(evaluate, is_turned=lambda request: is_turned(request) and not _fits_as_rows(request)),
    )


def wrapped(page: ModuleType, change: Change) -> Any:
    """Return the replacement of both functions of a page by ones whose float inputs went through `change`."""

    def enter(arguments: tuple[Array, ...]) -> list[Array]:
        return [a if a.dtype.kind == "i" else change(a) for a in arguments]

    forward, backward = page.forward, page.backward
    return instead(
        page,
        forward=lambda *inputs, **attributes: forward(*enter(inputs), **attributes),
        backward=lambda *inputs, **attributes: backward(*enter(inputs), **attributes),
    )


def single_precision(layer: str, clause: str) -> Mistake:
    """Return the mistake of a buffer of the wrong type on the way in."""
    return Mistake(
        "inputs_through_float32",
        "float64 inputs passed through float32 on their way in, and lost half of their digits there",
        "Keep every buffer and every accumulator in the request's dtype",
        ("CO-D1", clause),
        wrapped(LAYERS[layer], through_float32),
        DOUBLE,
        "a float32 passes through float32 unchanged",
    )


def flushed(page: ModuleType, clause: str) -> Mistake:
    """Return the mistake of flush-to-zero in a product."""
    return Mistake(
        "subnormals_flushed_to_zero",
        "Subnormal results were taken for zero (flush-to-zero is on)",
        "Compute with gradual underflow: switch FTZ and DAZ off",
        (clause, "TO-M1"),
        instead(page, forward=lambda a, b: flush(a @ b)),
    )


def flush(x: Array) -> Array:
    """Return `x` with zeros, signs kept, for what is below the smallest normal number."""
    return np.where(abs(x) < float(limits(x).smallest_normal), x * 0, x)


def clipped(layer: str, clause: str) -> Mistake:
    """Return the mistake of leaving gradient clipping on."""
    backward = LAYERS[layer].backward

    def wrong(*arguments: Array, **attributes: str) -> tuple[Array, ...]:
        gradients = backward(*arguments, **attributes)
        return tuple(np.where(g > 1, 1, np.where(g < -1, -1, g)) for g in gradients)

    return Mistake(
        "gradient_clipped",
        "Every gradient was clipped to the range from -1 to 1",
        "Return gradients as they are: clipping belongs to the update",
        ("CO-G1", clause),
        instead(LAYERS[layer], backward=wrong),
    )


def is_square(x: Array) -> bool:
    """Tell whether a matrix can be taken for its transpose without an error of shape."""
    return x.ndim == 2 and x.shape[0] == x.shape[1]


def transposed_if_square(x: Array) -> Array:
    """Return the transpose where no shape objects."""
    return x.T if is_square(x) else x


def column_major(x: Array) -> Array:
    """Return the matrix that appears if the memory of `x` is read in the other order."""
    return np.asarray(x.T.reshape(x.shape))


def without_last_if_odd(x: Array) -> Array:
    """Return the rows that a loop over pairs of rows sees."""
    return x[: len(x) // 2 * 2]
