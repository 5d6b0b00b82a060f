"""The layers, one page each, under the names of the contracts in ``spec/layers``.

Every page is written for examples as rows; see `gradspec_reference.prove`.
"""

from importlib import import_module
from types import ModuleType

from gradspec.corpus.spec import layers

LAYERS: dict[str, ModuleType] = {name: import_module(f".{name}", __name__) for name in layers()}
