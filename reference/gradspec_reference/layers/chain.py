"""Affine layers one after another, with or without relu between them: what every network page is made of."""

from collections.abc import Sequence

from ..numbers.operations import Array
from . import affine, relu

Parameters = Sequence[tuple[Array, Array]]
Trace = list[tuple[Array, Array, Array, Array]]


def forward(x: Array, parameters: Parameters, *, rectified: bool) -> tuple[Array, Trace]:
    """Return the last layer's output, and of each layer its input, weights, bias and pre-activation."""
    trace: Trace = []
    for w, b in parameters:
        if trace:
            x = relu.forward(trace[-1][3]) if rectified else trace[-1][3]
        trace.append((x, w, b, affine.forward(x, w, b)))
    return trace[-1][3], trace


def backward(dy: Array, trace: Trace, *, rectified: bool) -> tuple[Array, ...]:
    """Return the gradients of x and of each layer's weights and bias, first layer first."""
    gradients: tuple[Array, ...] = ()
    for x, w, b, a in reversed(trace):
        if gradients and rectified:
            (dy,) = relu.backward(dy, a)
        dy, dw, db = affine.backward(dy, x, w, b)
        gradients = dw, db, *gradients
    return dy, *gradients
