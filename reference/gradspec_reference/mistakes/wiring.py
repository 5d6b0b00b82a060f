"""Wrong ways back through a network: another trace, another gate, other weights than those of the forward pass."""

from __future__ import annotations

from collections.abc import Callable

from gradspec.corpus.spec import layers as spec_layers

from ..layers import LAYERS, affine, chain, relu
from ..layers.chain import Trace, backward, forward
from ..numbers.operations import Array
from .mistake import Replacement, instead


def tracing(change: Callable[[Trace], Trace]) -> tuple[Replacement, ...]:
    """Return the replacement of the way back by one that sees another trace of the forward pass."""
    return instead(chain, backward=lambda dy, trace, *, rectified: backward(dy, change(trace), rectified=rectified))


def inputs_changed(change: Callable[[Trace, int], Array]) -> tuple[Replacement, ...]:
    """Return `tracing` in which `change` makes each layer's input of the trace and the layer's number."""
    return tracing(lambda trace: [(change(trace, d), w, b, a) for d, (_, w, b, a) in enumerate(trace)])


def gates_changed(change: Callable[[Trace, int], Array]) -> tuple[Replacement, ...]:
    """Return `tracing` in which `change` makes each layer's pre-activation of the trace and the layer's number."""
    return tracing(lambda trace: [(x, w, b, change(trace, d)) for d, (x, w, b, _) in enumerate(trace)])


def updated_too_early(dy: Array, trace: Trace, *, rectified: bool) -> tuple[Array, ...]:
    """Go back through weights that a step of descent has changed already."""
    gradients: tuple[Array, ...] = ()
    for x, w, b, a in reversed(trace):
        if gradients and rectified:
            (dy,) = relu.backward(dy, a)
        _, dw, db = affine.backward(dy, x, w, b)
        gradients = dw, db, *gradients
        dy, _, _ = affine.backward(dy, x, w - dw, b)
    return dy, *gradients


def rectified_at_the_end(x: Array, parameters: chain.Parameters, *, rectified: bool) -> tuple[Array, Trace]:
    """Let the last layer's output pass a relu too."""
    y, trace = forward(x, parameters, rectified=rectified)
    return relu.forward(y), trace


def undivided(layer: str, letter: str) -> tuple[Replacement, ...]:
    """Return the replacement of the network's backward by one that forgets 1/N in parameters of this letter."""
    names, right = spec_layers()[layer].differentiable, LAYERS[layer].backward

    def wrong(dloss: Array, x: Array, *rest: Array, reduction: str) -> tuple[Array, ...]:
        n = float(len(x)) if reduction == "mean" else 1.0
        gradients = right(dloss, x, *rest, reduction=reduction)
        return tuple(g * n if name.startswith(letter) else g for name, g in zip(names, gradients, strict=True))

    return instead(LAYERS[layer], backward=wrong)


def same_shape(a: Array, b: Array) -> Array:
    """Return `b` where no shape objects to its standing for `a`."""
    return b if a.shape == b.shape else a
