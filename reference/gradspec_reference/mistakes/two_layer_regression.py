"""What people get wrong in two_layer_regression."""

from .mistake import Mistake
from .networks import deep, gated, linear, regression

MISTAKES: list[Mistake] = [
    *linear("two_layer_regression", forwards=("TR-1",), loss=("TR-2",), top=("TR-3",), back=("TR-4", "TR-6")),
    *deep(back=("TR-4", "TR-6"), hidden=("TR-4",)),
    *gated(gate=("TR-5",), hidden=("TR-4",)),
    *regression(forwards=("TR-1",), loss=("TR-2",), top=("TR-3",)),
]
