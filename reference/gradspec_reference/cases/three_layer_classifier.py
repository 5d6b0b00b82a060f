"""Cases of three_layer_classifier."""

import numpy as np

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("three_layer_classifier", form, ("HC-1", "HC-2", "HC-3", "HC-4", "HC-5", "HC-6"))
    case, draw = net.case, net.draw
    return [
        *net.common((6, 3, 4, 5, 2), (4, 2, 5, 6, 3)),
        case(
            "one_class",
            "C = 1: every gradient is 0.",
            (3, 2, 4, 5, 1),
            clauses=("HC-3",),
        ),
        case(
            "one_unit_each",
            "Both hidden layers have one unit.",
            (4, 3, 1, 1, 2),
        ),
        case(
            "kink_in_both_hidden_layers",
            "Pre-activations of exactly 0 in both hidden layers.",
            (2, 1, 2, 2, 3),
            clauses=("HC-5", "RE-3"),
            **net.kink(),
            tags=("kink", "erratum"),
        ),
        case(
            "second_layer_dead",
            "Nothing passes the second gate: only the last layer's bias learns.",
            (3, 2, 4, 5, 3),
            clauses=("HC-4", "HC-5"),
            w2=-abs(draw.generic("dw", 4, 5)),
            b2=draw.array([-1.0, -2.0, -0.5, -0.25, -3.0]),
        ),
        case(
            "logits_800",
            "Logits beyond 800 in magnitude.",
            (3, 2, 4, 5, 3),
            clauses=(*net.everything, "SC-4"),
            w3=draw.lattice("w800", 5, 3, step=128.0),
            b3=draw.array([800.0, -800.0, 0.0]),
            tags=("extreme",),
        ),
        case(
            "near_certain",
            "Labels of probability nearly 1.",
            (2, 2, 3, 4, 2),
            b3=draw.array([60.0, -60.0]),
            labels=np.array([0, 0]),
        ),
        net.nan_input((3, 2, 4, 5, 2), clauses=("SC-6", "RE-5")),
        net.gate_near_zero(clauses=("HC-5", "RE-3")),
    ]
