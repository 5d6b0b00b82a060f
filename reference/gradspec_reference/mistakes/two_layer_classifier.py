"""What people get wrong in two_layer_classifier."""

from .mistake import Mistake
from .networks import classifier, deep, gated, linear

MISTAKES: list[Mistake] = [
    *linear("two_layer_classifier", forwards=("TC-1",), loss=("TC-2",), top=("TC-3",), back=("TC-4", "TC-6")),
    *deep(back=("TC-4", "TC-6"), hidden=("TC-4",)),
    *gated(gate=("TC-5",), hidden=("TC-4",)),
    *classifier(forwards=("TC-1",), loss=("TC-2",), top=("TC-3",)),
]
