"""The known mistakes, one file for each layer, under the names of the contracts in ``spec/layers``."""

from ..registry import modules
from .mistake import Mistake

MISTAKES: dict[str, list[Mistake]] = {name: module.MISTAKES for name, module in modules(__name__, "MISTAKES").items()}
