"""What people get wrong in networks: in the wiring of their layers, and in what flows through it."""

from __future__ import annotations

import numpy as np

from ..layers import chain
from . import affine, reductions, relu, softmax_cross_entropy, squared_error
from .common import clipped, layout_ignored, single_precision
from .mistake import Mistake, Replacement, inherited, instead
from .wiring import gates_changed, inputs_changed, rectified_at_the_end, same_shape, undivided, updated_too_early

Clauses = tuple[str, ...]
GATE = "Let the cotangent of a hidden unit pass where its pre-activation is > 0"


def linear(layer: str, *, forwards: Clauses, loss: Clauses, top: Clauses, back: Clauses) -> list[Mistake]:
    """Return the mistakes of every network; the arguments name its clauses."""
    return [
        Mistake(
            "division_by_n_forgotten_in_weights",
            what=(
                "The gradients of the weights were not divided by the number of examples N, although the loss is a mean"
            ),
            remedy="Multiply the cotangent of the mean by 1/N before anything else uses it",
            clauses=(*back, "CO-R4"),
            replaced=undivided(layer, "w"),
        ),
        Mistake(
            "division_by_n_forgotten_in_biases",
            what=(
                "The gradients of the biases were not divided by the number of examples N, although the loss is a mean"
            ),
            remedy="Multiply the cotangent of the mean by 1/N before anything else uses it",
            clauses=(*back, "CO-R4"),
            replaced=undivided(layer, "b"),
        ),
        *inherited(
            reductions.MISTAKES,
            loss_not_averaged=loss,
            division_by_n_forgotten=top,
            division_by_n_twice=top,
            cotangent_ignored=top,
        ),
        *inherited(
            affine.MISTAKES,
            weights_not_transposed=back,
            weight_gradient_transposed=back,
            bias_gradient_of_last_row=back,
        ),
        layout_ignored(forwards[0]),
        single_precision(layer, forwards[0]),
        clipped(layer, back[0]),
    ]


def deep(*, back: Clauses, hidden: Clauses) -> list[Mistake]:
    """Return the mistakes of networks with a hidden layer; `hidden` are the clauses of the weights after one."""
    return [
        Mistake(
            "weights_updated_too_early",
            what="A step of descent changed the weights before the gradient for the layer below was computed from them",
            remedy="Compute all gradients first, then update",
            clauses=back,
            replaced=instead(chain, backward=updated_too_early),
        ),
        Mistake(
            "cache_shared_by_layers",
            what=(
                "The layers share one memory for their inputs, so that the gradients of all weights were computed "
                "from the last layer's input, which no shape forbids if the two are alike"
            ),
            remedy="Keep each layer's own input for the way back",
            clauses=back,
            replaced=inputs_changed(lambda trace, d: same_shape(trace[d][0], trace[-1][0])),
        ),
        Mistake(
            "cache_of_first_example",
            what="The hidden values of the first example were used for all examples in the gradients of the weights",
            remedy="Keep the hidden values of every example",
            clauses=hidden,
            replaced=inputs_changed(
                lambda trace, d: (
                    np.broadcast_to(trace[d][0][:1], trace[d][0].shape) if d and len(trace[d][0]) else trace[d][0]
                )
            ),
        ),
    ]


def gated(*, gate: Clauses, hidden: Clauses) -> list[Mistake]:
    """Return the mistakes of networks with a relu; `gate` are its clauses, `hidden` those of the weights after it."""
    return [
        *inherited(
            relu.MISTAKES,
            gate_open_at_zero=gate,
            gate_missing=gate,
            gate_on_cotangent=gate,
        ),
        Mistake(
            "pre_activation_for_hidden",
            what="The gradient of the weights after a relu was computed from the values before it",
            remedy="Use the hidden values after the relu: dw = h.T @ dy",
            clauses=hidden,
            replaced=inputs_changed(lambda trace, d: trace[d - 1][3] if d else trace[d][0]),
        ),
        Mistake(
            "gate_without_bias",
            what="The gate looks at x @ w alone: the bias was left out of the pre-activation",
            remedy=GATE + ", the bias included",
            clauses=gate,
            replaced=gates_changed(lambda trace, d: trace[d][3] - trace[d][2]),
        ),
        Mistake(
            "gate_after_sum_over_examples",
            what="The gate was applied to sums over the examples: a unit passes for all of them or for none",
            remedy=GATE + ", example by example",
            clauses=gate,
            replaced=gates_changed(lambda trace, d: np.broadcast_to(trace[d][3].sum(axis=0), trace[d][3].shape)),
        ),
        Mistake(
            "gate_of_first_example",
            what="The gate of the first example was used for all examples, like a mask that was kept",
            remedy=GATE + ", example by example",
            clauses=gate,
            replaced=gates_changed(
                lambda trace, d: (
                    np.broadcast_to(trace[d][3][:1], trace[d][3].shape) if len(trace[d][3]) else trace[d][3]
                )
            ),
        ),
    ]


def twice_gated(*, gate: Clauses) -> list[Mistake]:
    """Return the mistakes of networks with two relus."""

    def opened(depth: int) -> tuple[Replacement, ...]:
        return gates_changed(lambda trace, d: trace[d][3] * 0 + 1 if d == depth else trace[d][3])

    return [
        Mistake(
            "first_gate_missing",
            what="The gate of the first hidden layer was forgotten",
            remedy=GATE + ", in each layer",
            clauses=gate,
            replaced=opened(0),
        ),
        Mistake(
            "second_gate_missing",
            what="The gate of the second hidden layer was forgotten",
            remedy=GATE + ", in each layer",
            clauses=gate,
            replaced=opened(1),
        ),
        Mistake(
            "gates_swapped",
            what=(
                "Each hidden layer was gated by the other's pre-activation, which "
                "no shape forbids if they have as many units"
            ),
            remedy="Gate each layer by its own pre-activation",
            clauses=gate,
            replaced=gates_changed(lambda trace, d: same_shape(trace[d][3], trace[1 - d][3]) if d < 2 else trace[d][3]),
        ),
    ]


def classifier(*, forwards: Clauses, loss: Clauses, top: Clauses) -> list[Mistake]:
    """Return the mistakes of networks that end in softmax_cross_entropy."""
    return [
        Mistake(
            "relu_on_logits",
            what="The logits passed a relu before the loss",
            remedy="Give the loss the last layer's output as it is",
            clauses=(*forwards, *loss),
            replaced=instead(chain, forward=rectified_at_the_end),
        ),
        *inherited(
            softmax_cross_entropy.MISTAKES,
            exponentials_not_shifted=(*loss, *top),
            normalised_over_wrong_axis=(*loss, *top),
            onehot_not_subtracted=top,
            gradient_written_into_probabilities=loss,
            labels_shifted=(*loss, *top),
        ),
    ]


def regression(*, forwards: Clauses, loss: Clauses, top: Clauses) -> list[Mistake]:
    """Return the mistakes of networks that end in squared_error."""
    return [
        Mistake(
            "relu_on_prediction",
            what="The prediction passed a relu before the loss",
            remedy="Give the loss the last layer's output as it is",
            clauses=(*forwards, *loss),
            replaced=instead(chain, forward=rectified_at_the_end),
        ),
        *inherited(
            squared_error.MISTAKES,
            half_missing=loss,
            gradient_doubled=top,
            target_taken_for_constant=top,
            divided_by_components_too=(*loss, *top),
            column_broadcast_against_vector=(*loss, *top),
        ),
    ]
