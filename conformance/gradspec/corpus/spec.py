"""Read the contract of a layer, and check whether a request keeps to it.

Source: ``spec/layers/<layer>.json``, of which ``spec/schemas/layer.schema.json`` is the schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .location import SPEC
from .schema import require

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

NUMPY = {name: np.dtype(name) for name in ("float64", "float32", "int64")}


class ContractError(Exception):
    """A file of ``spec/layers`` cannot be used: the installation is damaged."""


class InvalidInputError(ValueError):
    """A request breaks the spec; the message says the rule, what was received, and the clause."""


@dataclass(frozen=True)
class Tensor:
    """One named input or output of a layer.

    `shape` is a list of dimension symbols, one symbol that stands for a whole shape, or for a loss a list by
    reduction. `flows` says whether gradients pass: for an input that it is differentiable, for an output that it
    takes a cotangent.
    """

    name: str
    shape: Any
    dtype: str
    flows: bool

    def symbols(self, attributes: Mapping[str, str]) -> Any:
        """Return the shape's symbols under `attributes`: reversed for layout ``columns`` [CO-L1]."""
        shape = self.shape[attributes["reduction"]] if isinstance(self.shape, dict) else self.shape
        return shape[::-1] if isinstance(shape, list) and attributes.get("layout") == "columns" else shape


@dataclass(frozen=True)
class Layer:
    """A layer's contract."""

    name: str
    attributes: dict[str, list[str]]
    defaults: dict[str, str]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    constraints: tuple[dict[str, Any], ...]
    clauses: dict[str, str]

    @cached_property
    def differentiable(self) -> list[str]:
        """Names of the inputs that have a gradient, in order."""
        return [t.name for t in self.inputs if t.flows]

    @cached_property
    def cotangents(self) -> list[str]:
        """Names of the outputs that take a cotangent, in order."""
        return [t.name for t in self.outputs if t.flows]

    def declared(self, attribute: str, declaration: Mapping[str, Any]) -> list[str]:
        """Return the values of an attribute that a candidate's `declaration` of this layer has, or the default."""
        values: list[str] = declaration.get("attributes", {}).get(attribute, [self.defaults[attribute]])
        return values

    @cached_property
    def _input_names(self) -> list[str]:
        return [t.name for t in self.inputs]

    def bind(self, attributes: Mapping[str, str], inputs: Mapping[str, Array]) -> dict[str, Any]:
        """Give every shape symbol its size from `inputs`; raise `InvalidInputError` where they disagree."""
        sizes: dict[str, Any] = {}
        for tensor in self.inputs:
            symbols, shape = tensor.symbols(attributes), inputs[tensor.name].shape
            if isinstance(symbols, str):
                symbols, shape = [symbols], (shape,)
            agreed = len(symbols) == len(shape)
            for symbol, size in zip(symbols, shape, strict=agreed):
                agreed = agreed and sizes.setdefault(symbol, (size, tensor.name))[0] == size
            if not agreed:
                known = [f"{s} = {sizes[s][0]} (as in {sizes[s][1]})" for s in symbols if s in sizes]
                raise InvalidInputError(
                    f"{self.name}: {tensor.name} must have shape ({', '.join(symbols)})"
                    + (f" with {', '.join(known)}" if known else "")
                    + f", got {inputs[tensor.name].shape}; see {self.clause('I1')}"
                )
        return {symbol: size for symbol, (size, _) in sizes.items()}

    def shape(self, tensor: Tensor, attributes: Mapping[str, str], sizes: Mapping[str, Any]) -> Shape:
        """Return the shape that `tensor` has once `bind` gave the `sizes`."""
        symbols = tensor.symbols(attributes)
        return sizes[symbols] if isinstance(symbols, str) else tuple(sizes[s] for s in symbols)

    def clause(self, ending: str) -> str:
        """Return the label of this layer's clause with that ending."""
        return next((label for label in self.clauses if label.endswith("-" + ending)), "its page")

    def check(
        self,
        dtype: str,
        attributes: Mapping[str, str],
        inputs: Mapping[str, Array],
        cotangents: Mapping[str, Array],
        gradients: Sequence[str],
    ) -> None:
        """Raise `InvalidInputError` unless a request keeps to the spec."""
        _same_names(self.name, "attribute", attributes, self.attributes)
        for name, value in attributes.items():
            if value not in self.attributes[name]:
                raise InvalidInputError(
                    f"{self.name}: {name} must be one of {', '.join(self.attributes[name])}, got {value!r}"
                )
        _same_names(self.name, "input", inputs, self._input_names)
        for tensor in self.inputs:
            self._check_dtype(tensor.name, inputs[tensor.name], dtype if tensor.dtype == "float" else "int64")
        sizes = self.bind(attributes, inputs)
        for rule in self.constraints:
            self._check_constraint(rule, inputs, sizes)
        if not set(gradients) <= set(self.differentiable) or len(set(gradients)) != len(gradients):
            raise InvalidInputError(
                f"{self.name}: gradients must name differentiable inputs ({', '.join(self.differentiable)}), "
                f"each once, got {', '.join(gradients)}"
            )
        _same_names(self.name, "cotangent", cotangents, self.cotangents if gradients else [])
        for tensor in self.outputs:
            if tensor.name in cotangents:
                given, wanted = cotangents[tensor.name], self.shape(tensor, attributes, sizes)
                self._check_dtype(f"the cotangent of {tensor.name}", given, dtype)
                if given.shape != wanted:
                    raise InvalidInputError(
                        f"{self.name}: the cotangent of {tensor.name} must have its shape {wanted}, "
                        f"got {given.shape}; see CO-G1"
                    )

    def _check_dtype(self, name: str, array: Array, wanted: str) -> None:
        if array.dtype != NUMPY[wanted]:
            raise InvalidInputError(f"{self.name}: {name} must be {wanted}, got {array.dtype}; see CO-D1")

    def _check_constraint(self, rule: dict[str, Any], inputs: Mapping[str, Array], sizes: Mapping[str, Any]) -> None:
        if "dimension" in rule:
            if sizes[rule["dimension"]] < rule["at_least"]:
                raise InvalidInputError(
                    f"{self.name}: {rule['dimension']} must be at least {rule['at_least']}, "
                    f"got {sizes[rule['dimension']]}; see {rule['clause']}"
                )
            return
        values, below = inputs[rule["input"]], sizes[rule["below"]]
        wrong = values[(values < rule["from"]) | (values >= below)]
        if wrong.size:
            raise InvalidInputError(
                f"{self.name}: {rule['input']} must lie in {rule['from']}..{below - 1}, got {wrong[0]}; "
                f"see {rule['clause']}"
            )


def _same_names(layer: str, kind: str, given: Mapping[str, Any], wanted: Any) -> None:
    if len(given) == len(wanted) and all(name in given for name in wanted):
        return
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted]
    if missing or extra:
        raise InvalidInputError(
            f"{layer}: every {kind} must be given by name ({', '.join(wanted) or 'none'}); "
            + "; ".join(
                f"{what} {', '.join(names)}" for what, names in (("missing", missing), ("unknown", extra)) if names
            )
        )


def read_contract(path: Path) -> Layer:
    """Return the layer that a file describes; raise `ContractError` unless it is JSON that its schema accepts."""
    try:
        text = path.read_bytes()
        document = json.loads(text)
        require(document, "layer", len(text))
    except (OSError, ValueError) as error:
        raise ContractError(f"{path} is not the contract of a layer: {error}; install gradspec again") from None
    return parse(document)


def parse(document: dict[str, Any]) -> Layer:
    """Return the layer that a JSON document describes."""
    return Layer(
        name=document["layer"],
        attributes={a["name"]: a["values"] for a in document["attributes"]},
        defaults={a["name"]: a["default"] for a in document["attributes"]},
        inputs=tuple(Tensor(t["name"], t["shape"], t["dtype"], t["differentiable"]) for t in document["inputs"]),
        outputs=tuple(Tensor(t["name"], t["shape"], "float", t["cotangent"]) for t in document["outputs"]),
        constraints=tuple(document["constraints"]),
        clauses=document["clauses"],
    )


@cache
def layers() -> dict[str, Layer]:
    """Return every layer of the spec by name, ``identity`` first.

    Raises
    ------
    ContractError
        A file of ``spec/layers`` is not a contract.
    """
    by_name = {layer.name: layer for layer in map(read_contract, (SPEC / "layers").glob("*.json"))}
    return {name: by_name[name] for name in sorted(by_name, key=lambda n: (n != "identity", n))}
