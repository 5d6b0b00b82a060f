"""Random requests of a layer: sizes, attributes, gradients, and for each tensor one of the nasty kinds of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from gradspec.corpus.spec import Layer, layers

from ..evaluate import Request
from ..numbers.formats import FORMATS, Format
from ..numbers.operations import Array
from . import values
from .values import Random

SIZES = (0, *(1,) * 5, *(2,) * 7, *(3,) * 6, 4, 4, 5, 6)
LARGEST_SIZE = 40
WITH_SPECIAL_GRADIENTS = ("identity", "matmul", "bias", "affine", "squared_error")  # where the pages say what they are


@dataclass(frozen=True)
class Drawn:
    """A request and the names of the kinds of values in it."""

    request: Request
    kinds: tuple[str, ...]


def draw(layer: str, dtype: str, seed: int, index: int) -> Drawn:
    """Return the request that has this number: the same on every machine that has the same NumPy."""
    key = seed << 64 | crc32(f"{layer}/{dtype}".encode()) << 32 | index
    random = np.random.Generator(np.random.Philox(key=key))
    return _Draw(random, layers()[layer], FORMATS[dtype]).request()


class _Draw:
    def __init__(self, random: Random, spec: Layer, form: Format) -> None:
        self.random, self.spec, self.form = random, spec, form
        self.kinds: list[str] = []
        self.temper = random.choice(["gentle", "shifted", "wild", "special"], p=[0.5, 0.28, 0.2, 0.02])

    def request(self) -> Drawn:
        random, spec = self.random, self.spec
        attributes = {name: str(random.choice(options)) for name, options in spec.attributes.items()}
        sizes = self._sizes()
        inputs: dict[str, Array] = {}
        shifts = self._shifts()
        for tensor in spec.inputs:
            shape = spec.shape(tensor, attributes, sizes)
            if tensor.dtype == "int64":
                inputs[tensor.name] = self.random.integers(0, sizes["C"], shape)
            else:
                inputs[tensor.name] = self._input(tensor.name, shape, shifts)
        gradients = self._gradients()
        given = [t for t in spec.outputs if t.flows and gradients]
        cotangents = {t.name: self._cotangent(spec.shape(t, attributes, sizes)) for t in given}
        return Drawn(Request(spec.name, self.form.name, attributes, inputs, cotangents, gradients), tuple(self.kinds))

    def _sizes(self) -> dict[str, Any]:
        least = {rule["dimension"]: rule["at_least"] for rule in self.spec.constraints if "dimension" in rule}
        symbols = dict.fromkeys(s for t in self.spec.inputs for s in t.symbols({"reduction": "sum"}))
        sizes: dict[str, Any] = {s: max(least.get(s, 0), int(self.random.choice(SIZES))) for s in symbols}
        if "S" in sizes:
            return {"S": tuple(int(n) for n in self.random.choice(SIZES, int(self.random.integers(4))))}
        if self.random.random() < 0.04:
            sizes[str(self.random.choice(list(symbols)))] = int(self.random.integers(7, LARGEST_SIZE + 1))
        return sizes

    def _shifts(self) -> Iterator[int]:
        """Give inputs exponents that cancel in products, or bring these near overflow or underflow."""
        if self.temper != "shifted":
            return iter(())
        reach = self.form.limit * 2 // 3
        exponent = int(self.random.integers(-reach, reach))
        edge = int(self.random.choice([0, self.form.grid, self.form.limit - 6]))
        if edge:
            edge += int(self.random.integers(0, self.form.precision))
        return iter([exponent, edge - exponent] * 4)

    def _kind(self, kinds: Mapping[str, values.Kind]) -> str:
        name = str(self.random.choice(list(kinds)))
        self.kinds.append(name)
        return name

    def _input(self, name: str, shape: tuple[int, ...], shifts: Iterator[int]) -> Array:
        own = {"logits": values.LOGITS, "probabilities": values.PROBABILITIES}.get(name, values.GENTLE)
        kinds = {**values.GENTLE, **values.WILD, **own} if self.temper == "wild" else own
        if self.temper == "special":
            kinds = {**own, **values.SPECIAL}
        found = kinds[self._kind(kinds)](self.random, self.form, shape)
        if shift := 0 if name in ("logits", "probabilities") else next(shifts, 0):
            self.kinds.append("shifted")
            found = values.scaled(found, shift, self.form)
        if name == "probabilities":
            found = np.abs(found)
        return np.asarray(found, self.form.name)

    def _gradients(self) -> tuple[str, ...]:
        names = self.spec.differentiable
        if self.temper == "special" and self.spec.name not in WITH_SPECIAL_GRADIENTS:
            return ()
        chance = self.random.random()
        if chance < 0.85:
            return tuple(names)
        return tuple(n for n in names if chance < 0.93 and self.random.random() < 0.5)

    def _cotangent(self, shape: tuple[int, ...]) -> Array:
        kinds = values.COTANGENTS if self.temper != "gentle" else {**values.GENTLE, "large": values.large}
        found = kinds[self._kind(kinds)](self.random, self.form, shape)
        largest = 2.0**values.LARGEST_COTANGENT
        return np.asarray(np.clip(found, -largest, largest), self.form.name)
