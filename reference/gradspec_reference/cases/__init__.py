"""The cases, one file for each layer, under the names of the contracts in ``spec/layers``."""

from ..registry import modules

CASES = modules(__name__, "cases")
