"""What people get wrong in linear_regression."""

from ..mistake import Mistake
from .networks import linear, regression

MISTAKES: list[Mistake] = [
    *linear("linear_regression", forwards="LR-1", head="LR-3", back="LR-4"),
    *regression(head="LR-3", forwards="LR-1"),
]
