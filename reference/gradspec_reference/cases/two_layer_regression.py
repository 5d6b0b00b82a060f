"""Cases of two_layer_regression."""

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("two_layer_regression", form, ("TR-1", "TR-2", "TR-3", "TR-4", "TR-5", "TR-6"))
    case, draw = net.case, net.draw
    return [
        *net.common((5, 3, 4, 2), (4, 2, 5, 3)),
        case(
            "one_component",
            "C = 1: the scalar regression of the third source.",
            (5, 3, 4, 1),
            tags=("erratum",),
        ),
        case(
            "one_unit",
            "H = 1.",
            (4, 3, 1, 2),
        ),
        case(
            "no_units",
            "H = 0: the prediction is b2.",
            (3, 2, 0, 4),
        ),
        case(
            "kink_in_hidden_layer",
            "Pre-activations of exactly 0: the gate there is closed.",
            (3, 2, 3, 4),
            clauses=("TR-5", "RE-3"),
            **net.kink(),
            tags=("kink", "erratum"),
        ),
        case(
            "dead_hidden_layer",
            "Every pre-activation is negative: nothing reaches the first layer.",
            (3, 2, 4, 3),
            clauses=("TR-4", "TR-5"),
            x=abs(draw.generic("dx", 3, 2)),
            w1=-abs(draw.generic("dw", 2, 4)),
            b1=draw.array([-1.0, -2.0, -0.5, -0.25]),
            tags=("erratum",),
        ),
        case(
            "gates_differ_by_example",
            "A unit is open for one example and closed for another: the gate goes before the sum over examples.",
            (2, 2, 3, 2),
            clauses=("TR-5", "TR-6"),
            x=draw.array([[1.0, 2.0], [-1.5, -0.5]]),
            b1=draw.array([0.25, -0.25, 0.125]),
            tags=("erratum",),
        ),
        net.nan_input((3, 2, 4, 3), clauses=("SE-4", "RE-5")),
        net.gate_near_zero(clauses=("TR-5", "RE-3")),
    ]
