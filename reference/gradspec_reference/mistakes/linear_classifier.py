"""What people get wrong in linear_classifier."""

from .mistake import Mistake
from .networks import classifier, linear

MISTAKES: list[Mistake] = [
    *linear("linear_classifier", forwards=("LC-1",), loss=("LC-2",), top=("LC-3",), back=("LC-4",)),
    *classifier(forwards=("LC-1",), loss=("LC-2",), top=("LC-3",)),
]
