"""What people get wrong in networks: in the wiring of their layers, and in what flows through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradspec.corpus.spec import layers as spec_layers

from ..layers import LAYERS, affine, chain, relu
from ..layers.chain import Trace
from ..numbers.operations import Array
from . import affine as affine_mistakes
from . import reductions as reduced
from . import relu as relu_mistakes
from . import softmax_cross_entropy as classifying
from . import squared_error as regressing
from .common import clipped, layout_ignored, single_precision
from .mistake import Mistake, inherited, instead

Clauses = tuple[str, ...]
backward, forward = chain.backward, chain.forward


def tracing(change: Callable[[Trace], Trace]) -> Any:
    """Return the replacement of the way back by one that sees another trace of the forward pass."""
    return instead(chain, backward=lambda dy, trace, *, rectified: backward(dy, change(trace), rectified=rectified))


def inputs_changed(change: Callable[[Trace, int], Array]) -> Any:
    """Return `tracing` in which each layer's input is what `change` makes of the trace and the layer's number."""
    return tracing(lambda trace: [(change(trace, d), w, b, a) for d, (_, w, b, a) in enumerate(trace)])


def gates_changed(change: Callable[[Trace, int], Array]) -> Any:
    """Return `tracing` in which each layer's pre-activation is what `change` makes of the trace and the layer's number."""
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


def undivided(layer: str, letter: str) -> Any:
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


GATE = "Let the cotangent of a hidden unit pass where its pre-activation is > 0"


def linear(layer: str, *, forwards: Clauses, loss: Clauses, top: Clauses, back: Clauses) -> list[Mistake]:
    """Return the mistakes of every network; the arguments name its clauses."""
    return [
        Mistake("division_by_n_forgotten_in_weights", "The gradients of the weights were not divided by the number of examples N, although the loss is a mean", "Multiply the cotangent of the mean by 1/N before anything else uses it", (*back, "CO-R4"),
                undivided(layer, "w")),
        Mistake("division_by_n_forgotten_in_biases", "The gradients of the biases were not divided by the number of examples N, although the loss is a mean", "Multiply the cotangent of the mean by 1/N before anything else uses it", (*back, "CO-R4"),
                undivided(layer, "b")),
        *inherited(reduced.MISTAKES, loss_not_averaged=loss, division_by_n_forgotten=top, division_by_n_twice=top, cotangent_ignored=top),
        *inherited(affine_mistakes.MISTAKES, weights_not_transposed=back, weight_gradient_transposed=back, bias_gradient_of_last_row=back),
        layout_ignored(forwards[0]),
        single_precision(layer, forwards[0]),
        clipped(layer, back[0]),
    ]  # fmt: skip


def deep(*, back: Clauses, hidden: Clauses) -> list[Mistake]:
    """Return the mistakes of networks with a hidden layer; `hidden` are the clauses of the weights after one."""
    return [
        Mistake("weights_updated_too_early", "A step of descent changed the weights before the gradient for the layer below was computed from them", "Compute all gradients first, then update", back, instead(chain, backward=updated_too_early)),
        Mistake("cache_shared_by_layers", "The layers share one memory for their inputs, so that the gradients of all weights were computed from the last layer's input, which no shape forbids if the two are alike", "Keep each layer's own input for the way back", back,
                inputs_changed(lambda trace, d: same_shape(trace[d][0], trace[-1][0]))),
        Mistake("cache_of_first_example", "The hidden values of the first example were used for all examples in the gradients of the weights", "Keep the hidden values of every example", hidden,
                inputs_changed(lambda trace, d: np.broadcast_to(trace[d][0][:1], trace[d][0].shape) if d and len(trace[d][0]) else trace[d][0])),
    ]  # fmt: skip


def gated(*, gate: Clauses, hidden: Clauses) -> list[Mistake]:
    """Return the mistakes of networks with a relu; the arguments name the clauses of the gate and of the weights after it."""
    return [
        *inherited(relu_mistakes.MISTAKES, gate_open_at_zero=gate, gate_missing=gate, gate_on_cotangent=gate),
        Mistake("pre_activation_for_hidden", "The gradient of the weights after a relu was computed from the values before it", "Use the hidden values after the relu: dw = h.T @ dy", hidden,
                inputs_changed(lambda trace, d: trace[d - 1][3] if d else trace[d][0])),
        Mistake("gate_without_bias", "The gate looks at x @ w alone: the bias was left out of the pre-activation", GATE + ", the bias included", gate, gates_changed(lambda trace, d: trace[d][3] - trace[d][2])),
        Mistake("gate_after_sum_over_examples", "The gate was applied to sums over the examples: a unit passes for all of them or for none", GATE + ", example by example", gate,
                gates_changed(lambda trace, d: np.broadcast_to(trace[d][3].sum(axis=0), trace[d][3].shape))),
        Mistake("gate_of_first_example", "The gate of the first example was used for all examples, like a mask that was kept", GATE + ", example by example", gate,
                gates_changed(lambda trace, d: np.broadcast_to(trace[d][3][:1], trace[d][3].shape) if len(trace[d][3]) else trace[d][3])),
    ]  # fmt: skip


def twice_gated(*, gate: Clauses) -> list[Mistake]:
    """Return the mistakes of networks with two relus."""

    def opened(depth: int) -> Any:
        return gates_changed(lambda trace, d: trace[d][3] * 0 + 1 if d == depth else trace[d][3])

    return [
        Mistake("first_gate_missing", "The gate of the first hidden layer was forgotten", GATE + ", in each layer", gate, opened(0)),
        Mistake("second_gate_missing", "The gate of the second hidden layer was forgotten", GATE + ", in each layer", gate, opened(1)),
        Mistake("gates_swapped", "Each hidden layer was gated by the other's pre-activation, which no shape forbids if they have as many units", "Gate each layer by its own pre-activation", gate,
                gates_changed(lambda trace, d: same_shape(trace[d][3], trace[1 - d][3]) if d < 2 else trace[d][3])),
    ]  # fmt: skip


def classifier(*, forwards: Clauses, loss: Clauses, top: Clauses) -> list[Mistake]:
    """Return the mistakes of networks that end in softmax_cross_entropy."""
    return [
        Mistake("relu_on_logits", "The logits passed a relu before the loss", "Give the loss the last layer's output as it is", (*forwards, *loss), instead(chain, forward=rectified_at_the_end)),
        *inherited(classifying.MISTAKES, exponentials_not_shifted=(*loss, *top), normalised_over_wrong_axis=(*loss, *top), onehot_not_subtracted=top, gradient_written_into_probabilities=loss, labels_shifted=(*loss, *top)),
    ]  # fmt: skip


def regression(*, forwards: Clauses, loss: Clauses, top: Clauses) -> list[Mistake]:
    """Return the mistakes of networks that end in squared_error."""
    return [
        Mistake("relu_on_prediction", "The prediction passed a relu before the loss", "Give the loss the last layer's output as it is", (*forwards, *loss), instead(chain, forward=rectified_at_the_end)),
        *inherited(regressing.MISTAKES, half_missing=loss, gradient_doubled=top, target_taken_for_constant=top, divided_by_components_too=(*loss, *top), column_broadcast_against_vector=(*loss, *top)),
    ]  # fmt: skip
