"""Cases of three_layer_regression."""

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("three_layer_regression", form, ("HR-1", "HR-2", "HR-3", "HR-4", "HR-5", "HR-6"))
    case, draw = net.case, net.draw
    return [
        *net.common((6, 3, 4, 5, 2), (4, 2, 5, 6, 3)),
        case(
            "one_component",
            "C = 1: the scalar regression of the third source.",
            (5, 3, 4, 2, 1),
            tags=("erratum",),
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
            clauses=("HR-5", "RE-3"),
            **net.kink(),
            tags=("kink", "erratum"),
        ),
        case(
            "second_layer_dead",
            "Nothing passes the second gate: the first two layers have no gradient.",
            (3, 2, 4, 5, 2),
            clauses=("HR-4", "HR-5"),
            w2=-abs(draw.generic("dw", 4, 5)),
            b2=draw.array([-1.0, -2.0, -0.5, -0.25, -3.0]),
            tags=("erratum",),
        ),
        net.nan_input((3, 2, 4, 5, 2), clauses=("SE-4", "RE-5")),
        net.gate_near_zero(clauses=("HR-5", "RE-3")),
    ]
