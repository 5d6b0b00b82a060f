"""Cases of two_layer_linear."""

from ..numbers.formats import Format
from .networks import Network
from .question import Question


def cases(form: Format) -> list[Question]:
    """Return the cases for one dtype."""
    net = Network("two_layer_linear", form, ("TL-1", "TL-2", "TL-3", "TL-4", "TL-5"))
    case, draw = net.case, net.draw
    return [
        *net.common((5, 3, 4, 2), (4, 2, 5, 3)),
        case(
            "one_component",
            "C = 1.",
            (5, 3, 4, 1),
        ),
        case(
            "one_unit",
            "H = 1: a bottleneck.",
            (4, 3, 1, 2),
        ),
        case(
            "no_units",
            "H = 0: the prediction is b2.",
            (3, 2, 0, 4),
        ),
        case(
            "negative_hidden_layer",
            "Hidden values below 0 pass: there is no gate.",
            (3, 2, 4, 3),
            clauses=("TL-1", "TL-5"),
            x=abs(draw.generic("nx", 3, 2)),
            w1=-abs(draw.generic("nw", 2, 4)),
            b1=draw.array([-1.0, -2.0, -0.5, -0.25]),
        ),
        net.nan_input((3, 2, 4, 3), clauses=("SE-4",)),
    ]
