"""What people get wrong in linear_regression."""

from .mistake import Mistake
from .networks import linear, regression

MISTAKES: list[Mistake] = [
    *linear("linear_regression", forwards=("LR-1",), loss=("LR-2",), top=("LR-3",), back=("LR-4",)),
    *regression(forwards=("LR-1",), loss=("LR-2",), top=("LR-3",)),
]
