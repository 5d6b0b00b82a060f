"""What people get wrong in two_layer_linear."""

from ..layers import chain
from ..layers.chain import backward, forward
from .mistake import Mistake, instead
from .networks import deep, linear, regression

MISTAKES: list[Mistake] = [
    *linear("two_layer_linear", forwards=("TL-1",), loss=("TL-2",), top=("TL-3",), back=("TL-4", "TL-5")),
    *deep(back=("TL-4", "TL-5"), hidden=("TL-4",)),
    *regression(forwards=("TL-1",), loss=("TL-2",), top=("TL-3",)),
    Mistake(
        "gate_between_linear_layers",
        what="The hidden values were gated on the way back, although no relu stands between the layers",
        remedy="Let every cotangent pass: the layers are linear",
        clauses=("TL-5",),
        replaced=instead(chain, backward=lambda dy, trace, *, rectified: backward(dy, trace, rectified=True)),
    ),
    Mistake(
        "relu_between_linear_layers",
        what="A relu stands between the layers, in both directions",
        remedy="Give the second layer the first one's output as it is",
        clauses=("TL-1", "TL-5"),
        replaced=instead(
            chain,
            forward=lambda x, parameters, *, rectified: forward(x, parameters, rectified=True),
            backward=lambda dy, trace, *, rectified: backward(dy, trace, rectified=True),
        ),
    ),
]
