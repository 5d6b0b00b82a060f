"""Inputs for cases: reproducible anywhere, different for every case and tensor, and exactly what they look like.

A counter-based generator (Philox), keyed by the SHA-256 of a name, gives bits; bits become floats by exact integer
arithmetic. NumPy's own distributions may change from version to version, its raw Philox stream does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..numbers.formats import Format
from ..numbers.operations import Array


@dataclass(frozen=True)
class Question:
    """A question without its answer: what a cases file writes down.

    `gradients` is False for a case that asks for the outputs only. `clauses` are the IDs of the clauses that the
    case shows, `tags` the words it is found by.
    """

    name: str
    why: str
    clauses: tuple[str, ...]
    inputs: Mapping[str, Array]
    cotangents: Mapping[str, Array] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    gradients: bool = True


class Draw:
    """Arrays of the dtype of `form`, named within `scope`."""

    def __init__(self, form: Format, scope: str) -> None:
        self.form, self.scope = form, scope

    def _bits(self, name: str, shape: tuple[int, ...], bits: int) -> Array:
        key = hashlib.sha256(f"{self.scope}/{name}".encode()).digest()
        stream = np.random.Philox(key=int.from_bytes(key[:16], "little"))
        raw = stream.random_raw(int(np.prod(shape, dtype=int)))
        return (np.asarray(raw, dtype=np.uint64) >> np.uint64(64 - bits)).astype(np.int64).reshape(shape)

    def array(self, values: object) -> Array:
        """Return `values` in this dtype."""
        return np.array(values, dtype=self.form.name)

    def generic(self, name: str, *shape: int, scale: float = 2.0) -> Array:
        """Return numbers between -scale and scale with every bit of the significand in use.

        `scale` is a power of two.
        """
        p = self.form.precision
        return self.array((self._bits(name, shape, p) - 2 ** (p - 1)) * (scale * 2.0 ** (1 - p)))

    def lattice(self, name: str, *shape: int, step: float = 1.0) -> Array:
        """Return small multiples of `step`, a power of two: -4 to 4 steps, never 0; sums of products are exact."""
        steps = self._bits(name, shape, 3) - 4
        return self.array((steps + (steps >= 0)) * step)

    def labels(self, name: str, n: int, c: int) -> Array:
        """Return `n` labels below `c`, int64, of which the first rows show each class once."""
        return np.where(np.arange(n) < c, (np.arange(n) + 1) % c, self._bits(name, (n,), 32) % c)
