"""The cases, one file for each layer, under the names of the contracts in ``spec/layers``."""

from importlib import import_module
from types import ModuleType

from gradspec.corpus.spec import layers

CASES: dict[str, ModuleType] = {name: import_module(f".{name}", __name__) for name in layers()}
