"""What people get wrong in three_layer_classifier."""

from ..mistake import Mistake
from .networks import classifier, deep, gated, linear, twice_gated

MISTAKES: list[Mistake] = [
    *linear("three_layer_classifier", forwards="HC-1", head="HC-3", back="HC-6"),
    *deep(back="HC-6"),
    *gated(gate="HC-5", last="HC-4"),
    *twice_gated(gate="HC-5"),
    *classifier(head="HC-3", forwards="HC-1"),
]
