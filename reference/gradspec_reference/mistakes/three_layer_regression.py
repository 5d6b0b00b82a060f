"""What people get wrong in three_layer_regression."""

from .mistake import Mistake
from .networks import deep, gated, linear, regression, twice_gated

MISTAKES: list[Mistake] = [
    *linear("three_layer_regression", forwards=("HR-1",), loss=("HR-2",), top=("HR-3",), back=("HR-4", "HR-6")),
    *deep(back=("HR-4", "HR-6"), hidden=("HR-4", "HR-6")),
    *gated(gate=("HR-5",), hidden=("HR-4", "HR-6")),
    *twice_gated(gate=("HR-5",)),
    *regression(forwards=("HR-1",), loss=("HR-2",), top=("HR-3",)),
]
