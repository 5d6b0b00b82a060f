"""Cases of linear_regression."""

import numpy as np

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("linear_regression", form, ("LR-1", "LR-2", "LR-3", "LR-4"))
    case, draw = net.case, net.draw
    lattice = net.lattice((4, 3, 2))
    return [
        *net.common((5, 3, 2), (4, 2, 3)),
        case(
            "one_component",
            "C = 1: ordinary least squares.",
            (5, 3, 1),
        ),
        case(
            "perfect_fit",
            "The target is the prediction: loss and gradients are exactly 0.",
            (4, 3, 2),
            **lattice | {"target": lattice["x"] @ lattice["w"] + lattice["b"]},
            tags=("exact",),
        ),
        case(
            "zero_weights",
            "The usual start of training: the prediction is 0.",
            (4, 3, 5),
            clauses=("LR-1", "LR-3"),
            w=draw.array(np.zeros((3, 5))),
            b=draw.array(np.zeros(5)),
        ),
        case(
            "large_targets",
            "Targets near a million.",
            (4, 3, 2),
            clauses=("LR-3",),
            target=draw.generic("lt", 4, 2, scale=2.0**20),
        ),
        net.nan_input((3, 2, 4), clauses=("SE-4",)),
    ]
