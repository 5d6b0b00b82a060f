"""The known mistakes, one file for each layer, under the names of the contracts in ``spec/layers``."""

from importlib import import_module

from gradspec.corpus.spec import layers

from .mistake import Mistake

MISTAKES: dict[str, list[Mistake]] = {name: import_module(f".{name}", __name__).MISTAKES for name in layers()}
