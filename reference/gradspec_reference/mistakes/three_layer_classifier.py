"""What people get wrong in three_layer_classifier."""

from .mistake import Mistake
from .networks import classifier, deep, gated, linear, twice_gated

MISTAKES: list[Mistake] = [
    *linear("three_layer_classifier", forwards=("HC-1",), loss=("HC-2",), top=("HC-3",), back=("HC-4", "HC-6")),
    *deep(back=("HC-4", "HC-6"), hidden=("HC-4", "HC-6")),
    *gated(gate=("HC-5",), hidden=("HC-4", "HC-6")),
    *twice_gated(gate=("HC-5",)),
    *classifier(forwards=("HC-1",), loss=("HC-2",), top=("HC-3",)),
]
