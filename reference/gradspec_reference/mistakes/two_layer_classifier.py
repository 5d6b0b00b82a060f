"""What people get wrong in two_layer_classifier."""

from ..mistake import Mistake
from .networks import classifier, deep, gated, linear

MISTAKES: list[Mistake] = [
    *linear("two_layer_classifier", forwards="TC-1", head="TC-3", back="TC-6"),
    *deep(back="TC-6"),
    *gated(gate="TC-5", last="TC-4"),
    *classifier(head="TC-3", forwards="TC-1"),
]
