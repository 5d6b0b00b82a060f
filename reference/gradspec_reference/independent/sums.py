"""The ways of computing a sum, and a sum of products: any order, fused, in a wider format.

All of them give exact zeros where a sum has no terms.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .arithmetic import Arithmetic
from .formulas import Array
from .rounding import WIDER, column_sums, fused


class Sequential(Arithmetic):
    """One term after the other, products rounded first."""

    def total(self, terms: Array) -> Any:
        return functools.reduce(np.add, terms, np.zeros(terms.shape[1:], terms.dtype))

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        products = a.T[:, :, None] * b[:, None, :]
        if start is not None:
            products = np.concatenate([np.broadcast_to(start, products.shape[1:])[None], products])
        return np.asarray(self.total(products))


class Reversed(Sequential):
    """The last term first."""

    def total(self, terms: Array) -> Any:
        return super().total(terms[::-1])


class Permuted(Sequential):
    """The terms in an order of their own."""

    def total(self, terms: Array) -> Any:
        return super().total(terms[np.random.default_rng(2).permutation(len(terms))])


class Pairwise(Sequential):
    """Halves of halves."""

    def total(self, terms: Array) -> Any:
        half = len(terms) // 2
        return self.total(terms[:half]) + self.total(terms[half:]) if half else super().total(terms)


class Blocked(Sequential):
    """Blocks of four neighbours, then the blocks."""

    def total(self, terms: Array) -> Any:
        blocks = [super(Blocked, self).total(terms[i : i + 4]) for i in range(0, len(terms), 4)]
        return super().total(np.array(blocks)) if blocks else super().total(terms)


class Lanes(Sequential):
    """Every fourth term, as vector registers have it, then the four."""

    def total(self, terms: Array) -> Any:
        return super().total(np.array([super(Lanes, self).total(terms[i::4]) for i in range(4)]))


class CorrectlyRounded(Sequential):
    """Sums rounded once; products rounded before."""

    def total(self, terms: Array) -> Any:
        return column_sums(terms) if terms.size else super().total(terms)


class Fused(Sequential):
    """Multiply-add with a single rounding, wherever a product meets a sum."""

    def multiply_add(self, a: Array, b: Array, c: Array) -> Array:
        dtype = a.dtype
        result = np.frompyfunc(lambda x, y, z: fused(float(x), float(y), float(z), dtype), 3, 1)(a, b, c)
        return np.asarray(result, dtype=dtype)

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        result = np.zeros((len(a), b.shape[1]), a.dtype) + (a.dtype.type(0) if start is None else start)
        for column, row in zip(a.T, b, strict=True):
            result = self.multiply_add(column[:, None], row[None, :], result)
        return result


class WiderAccumulator(Arithmetic):
    """Sums and products of twice the digits or a few more, rounded when they are complete."""

    def total(self, terms: Array) -> Any:
        return terms.astype(WIDER[terms.dtype.name]).sum(axis=0).astype(terms.dtype)

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        wide = WIDER[a.dtype.name]
        product = a.astype(wide) @ b.astype(wide)
        return np.asarray((product if start is None else product + start).astype(a.dtype))


class WiderThroughout(Arithmetic):
    """Everything in a wider format, rounded once."""

    def enter(self, given: Array) -> Array:
        return given.astype(WIDER[given.dtype.name]) if given.dtype.kind == "f" else given

    def leave(self, result: Any, dtype: str) -> Array:
        return np.asarray(result, dtype=dtype)


class BiasFirst(Arithmetic):
    """The bias is what the accumulator starts from."""

    def affine(self, x: Array, w: Array, b: Array) -> Array:
        return self.accumulate(x, w, b)
