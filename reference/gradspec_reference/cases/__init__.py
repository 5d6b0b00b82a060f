"""The cases, one file for each layer, under the names of the contracts in ``spec/layers``."""

from ..numbers.formats import Format
from ..registry import modules
from .question import Question
from .settings import questions_of

CASES = modules(__name__, "cases")


def questions(layer: str, form: Format) -> list[Question]:
    """Return every question that is put to a layer in one dtype: its file's, and each edge case in every setting."""
    return questions_of(layer, form, CASES[layer].cases(form))
