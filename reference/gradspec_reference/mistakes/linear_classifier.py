"""What people get wrong in linear_classifier."""

from ..mistake import Mistake
from .networks import classifier, linear

MISTAKES: list[Mistake] = [
    *linear("linear_classifier", forwards="LC-1", head="LC-3", back="LC-4"),
    *classifier(head="LC-3", forwards="LC-1"),
]
