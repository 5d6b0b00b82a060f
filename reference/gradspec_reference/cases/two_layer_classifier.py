"""Cases of two_layer_classifier."""

import numpy as np

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("two_layer_classifier", form, ("TC-1", "TC-2", "TC-3", "TC-4", "TC-5", "TC-6"))
    case, draw = net.case, net.draw
    cancelling = draw.generic("cancelling", 4, 6, scale=256.0)
    cancelling[:, 3:] = -cancelling[:, :3]
    return [
        *net.common((5, 3, 4, 2), (4, 2, 5, 3)),
        case(
            "one_class",
            "C = 1: nothing to learn, every gradient is 0.",
            (3, 2, 4, 1),
            clauses=("TC-3",),
        ),
        case(
            "one_unit",
            "H = 1: a hidden layer that is a column.",
            (4, 3, 1, 2),
        ),
        case(
            "no_units",
            "H = 0: the logits are b2.",
            (3, 2, 0, 4),
        ),
        case(
            "kink_in_hidden_layer",
            "Pre-activations of exactly 0: the gate there is closed, `>=` opens it.",
            (3, 2, 3, 4),
            clauses=("TC-5", "RE-3"),
            **net.kink(),
            tags=("kink", "erratum"),
        ),
        case(
            "dead_hidden_layer",
            "Every pre-activation is negative: dx, dw1 and db1 are 0, dw2 is 0, db2 is not.",
            (3, 2, 4, 3),
            clauses=("TC-4", "TC-5"),
            x=abs(draw.generic("dx", 3, 2)),
            w1=-abs(draw.generic("dw", 2, 4)),
            b1=draw.array([-1.0, -2.0, -0.5, -0.25]),
            tags=("erratum",),
        ),
        case(
            "open_hidden_layer",
            "Every pre-activation is positive: the network is linear here.",
            (3, 2, 4, 3),
            clauses=("TC-4", "TC-5"),
            x=abs(draw.generic("ox", 3, 2)),
            w1=abs(draw.generic("ow", 2, 4)),
            b1=draw.array([1.0, 2.0, 0.5, 0.25]),
        ),
        case(
            "gate_by_pre_activation",
            "Hidden gradients oppose the pre-activations in sign: a gate on the gradient shows.",
            (6, 3, 5, 2),
            clauses=("TC-5",),
        ),
        case(
            "logits_800",
            "Logits beyond 800 in magnitude: exponentials without a shift overflow.",
            (3, 2, 4, 3),
            clauses=(*net.everything, "SC-4"),
            w2=draw.lattice("w800", 4, 3, step=128.0),
            b2=draw.array([800.0, -800.0, 0.0]),
            tags=("extreme", "erratum"),
        ),
        case(
            "uniform_logits",
            "w2 has equal columns: probabilities of 1/4, and what flows back to the hidden layer cancels.",
            (8, 2, 5, 4),
            clauses=("TC-3", "TC-4"),
            w2=draw.array(np.repeat(draw.lattice("wu", 5, 1), 4, axis=1)),
            b2=draw.array(np.full(4, 0.5)),
            x=draw.lattice("xu", 8, 2),
            w1=draw.lattice("w1u", 2, 5),
            b1=draw.lattice("b1u", 5) + draw.array(0.5),
        ),
        case(
            "near_certain",
            "Labels of probability nearly 1: a loss and gradients of nearly 0.",
            (2, 2, 3, 2),
            b2=draw.array([40.0, -40.0]),
            labels=np.array([0, 0]),
        ),
        case(
            "cancelling_sums",
            "First-layer sums of terms near 256 that cancel.",
            (4, 6, 3, 2),
            clauses=("TC-1",),
            x=cancelling,
            w1=draw.array(np.ones((6, 3))) + draw.generic("cw", 6, 3, scale=2.0**-6),
        ),
        case(
            "first_class",
            "Every label is 0.",
            (3, 2, 4, 3),
            labels=np.zeros(3, dtype=np.int64),
        ),
        net.nan_input((3, 2, 4, 3), clauses=("SC-6", "RE-5")),
        net.gate_near_zero(clauses=("TC-5", "RE-3")),
    ]
