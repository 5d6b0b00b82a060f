"""What people get wrong in two_layer_regression."""

from ..mistake import Mistake
from .networks import deep, gated, linear, regression

MISTAKES: list[Mistake] = [
    *linear("two_layer_regression", forwards="TR-1", head="TR-3", back="TR-6"),
    *deep(back="TR-6"),
    *gated(gate="TR-5", last="TR-4"),
    *regression(head="TR-3", forwards="TR-1"),
]
