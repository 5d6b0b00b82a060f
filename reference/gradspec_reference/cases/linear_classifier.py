"""Cases of linear_classifier."""

import numpy as np

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("linear_classifier", form, ("LC-1", "LC-2", "LC-3", "LC-4"))
    case, draw = net.case, net.draw
    return [
        *net.common((5, 3, 2), (4, 2, 3)),
        case(
            "one_class",
            "C = 1: every gradient is 0.",
            (3, 2, 1),
            clauses=("LC-3",),
        ),
        case(
            "many_classes",
            "19 classes.",
            (3, 2, 19),
        ),
        case(
            "logits_800",
            "Logits beyond 800 in magnitude: exponentials without a shift overflow.",
            (3, 2, 4),
            clauses=(*net.everything, "SC-4"),
            w=draw.lattice("w800", 2, 4, step=256.0),
            b=draw.array([800.0, -800.0, 0.0, 400.0]),
            tags=("extreme",),
        ),
        case(
            "zero_weights",
            "The usual start of training: uniform probabilities.",
            (4, 3, 5),
            clauses=("LC-2", "LC-3"),
            w=draw.array(np.zeros((3, 5))),
            b=draw.array(np.zeros(5)),
        ),
        case(
            "repeated_example",
            "The same example under two labels: gradients add.",
            (2, 3, 4),
            clauses=("LC-4",),
            x=np.repeat(draw.generic("rx", 1, 3), 2, axis=0),
            labels=np.array([1, 3]),
        ),
        case(
            "first_class",
            "Every label is 0.",
            (3, 2, 4),
            labels=np.zeros(3, dtype=np.int64),
        ),
        case(
            "last_class",
            "Every label is C - 1: labels count from 0.",
            (3, 2, 4),
            labels=np.full(3, 3),
            tags=("erratum",),
        ),
        net.nan_input((3, 2, 4), clauses=("SC-6",)),
    ]
