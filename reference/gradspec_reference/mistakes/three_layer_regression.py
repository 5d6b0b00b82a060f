"""What people get wrong in three_layer_regression."""

from ..mistake import Mistake
from .networks import deep, gated, linear, regression, twice_gated

MISTAKES: list[Mistake] = [
    *linear("three_layer_regression", forwards="HR-1", head="HR-3", back="HR-6"),
    *deep(back="HR-6"),
    *gated(gate="HR-5", last="HR-4"),
    *twice_gated(gate="HR-5"),
    *regression(head="HR-3", forwards="HR-1"),
]
