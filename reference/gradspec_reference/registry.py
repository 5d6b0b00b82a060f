"""The modules of a package under the names of the contracts in ``spec/layers``, the one registry of layers."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from gradspec.corpus.spec import layers


def modules(package: str, *names: str) -> dict[str, ModuleType]:
    """Return by layer the module of `package` that has the layer's name; each defines `names`.

    Raises
    ------
    ImportError
        A contract has no module, or the module does not define what it has to; the message names both files.
    """
    return {layer: _module(package, layer, names) for layer in layers()}


def _module(package: str, layer: str, names: tuple[str, ...]) -> ModuleType:
    contract, file = f"spec/layers/{layer}.json", f"reference/{package.replace('.', '/')}/{layer}.py"
    try:
        found = import_module(f"{package}.{layer}")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.{layer}":
            raise
        raise ImportError(f"{contract} names a layer without {file}; CONTRIBUTING.md says what it holds") from None
    missing = [name for name in names if not hasattr(found, name)]
    if missing:
        raise ImportError(f"{file} must define {' and '.join(names)}, and lacks {' and '.join(missing)}")
    return found
