"""Every freedom that the rounding model leaves, taken at random at every single operation.

Each result is rounded to the dtype or stays in a wider format; each sum is a random tree, which fuses what it can;
each exponential and logarithm is as wrong as it may be. What one run takes depends on its seed and on nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arithmetic import Arithmetic, Asked
from .formulas import Array, Tensors
from .functions import pushed
from .rounding import WIDER

ROUNDING = (np.add, np.subtract, np.multiply, np.divide)
ALWAYS, NEVER = 1.0, 0.0
HABITS = (ALWAYS, 0.5, 0.5, 0.1, NEVER)  # how likely a result is rounded to the dtype at once


class Free(np.ndarray[Any, Any]):
    """Numbers in a wider format, of which every new one may be rounded to the dtype of `manner`."""

    manner: Anything

    def __array_finalize__(self, origin: Any) -> None:
        if isinstance(origin, Free):
            self.manner = origin.manner

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [np.asarray(x) for x in inputs]
        options.pop("out", None)
        if method == "reduce" and ufunc is np.add:
            return self.manner.free(self.manner.sum(np.moveaxis(plain[0], options["axis"], 0)))
        if ufunc is np.matmul:
            return self.manner.accumulate(*inputs)
        result = getattr(ufunc, method)(*plain, **options)
        if method == "__call__" and ufunc in ROUNDING:
            size = abs(result)  # a product with 1 or -1, or a sum with 0, is the same computed number
            copied = (size == abs(plain[0])) | (size == abs(plain[1]))
            result = np.where(copied, result, self.manner.stored(result))
        return self.manner.free(result) if result.dtype.kind == "f" else result


class Anything(Arithmetic):
    """Takes every freedom; mixed with other classes, it takes the freedom that they leave."""

    seed = 0
    flushes = False  # whether it also flushes some of the subnormal numbers [TO-Z1]

    def answer(self, asked: Asked) -> Tensors:
        self.random = np.random.default_rng(self.seed)
        self.habit = HABITS[self.random.integers(len(HABITS))]
        self.often = self.random.choice([0.3, ALWAYS])
        self.reciprocals = self.random.random() < 0.4
        self.slant = self.random.integers(-1, 2)  # one direction for all functions, or (0) one for each element
        return super().answer(asked)

    def free(self, array: Any) -> Any:
        result = np.asarray(array).view(Free)
        result.manner = self
        return result

    def enter(self, given: Array) -> Array:
        if given.dtype.kind != "f":
            return given
        return np.asanyarray(self.free(self.flushed(given.astype(WIDER[self.dtype.name]))))

    def leave(self, result: Any, dtype: str) -> Array:
        narrow = np.asarray(result).astype(dtype)
        return np.asarray(self.flushed(narrow).astype(dtype))

    def flushed(self, numbers: Any) -> Any:
        """Replace some or all of the subnormal numbers by zero, if this variant flushes."""
        if not self.flushes:
            return numbers
        chosen = self.random.random(numbers.shape) < self.often
        subnormal = abs(numbers) < np.finfo(self.dtype).smallest_normal
        return np.where(chosen & subnormal, np.copysign(0, numbers), numbers)

    def stored(self, results: Any) -> Any:
        """Round some of the results to the dtype."""
        results = self.flushed(np.asarray(results))
        if self.habit == NEVER:
            return results
        narrow = results.astype(self.dtype).astype(results.dtype)
        if self.habit == ALWAYS:
            return narrow
        return np.where(self.random.random(results.shape) < self.habit, narrow, results)

    def sum(self, terms: Array) -> Any:
        """Add plain terms along the first axis, in the order of a random tree."""
        pending = list(terms)
        if not pending:
            return np.zeros(terms.shape[1:], terms.dtype)
        along = self.random.random() < 0.3
        while len(pending) > 1:
            i = 0 if along else int(self.random.integers(len(pending)))
            first = pending.pop(i)
            j = 0 if along else int(self.random.integers(len(pending)))
            pending[j] = np.asarray(self.stored(first + pending[j]))
        return pending[0]

    def total(self, terms: Array) -> Any:
        return self.free(self.sum(np.asarray(terms)))

    def accumulate(self, a: Array, b: Array, start: Array | None = None) -> Array:
        a, b = np.asarray(a), np.asarray(b)
        products = a.T[:, :, None] * b[:, None, :]
        if self.random.random() < 0.5:  # else the sum fuses each product
            products = self.stored(products)
        if start is not None:
            at = int(self.random.integers(len(products) + 1))
            first = np.broadcast_to(np.asarray(start), products.shape[1:])[None]
            products = np.concatenate([products[:at], first, products[at:]])
        return np.asanyarray(self.free(self.sum(products)))

    def affine(self, x: Array, w: Array, b: Array) -> Array:
        return self.accumulate(x, w, b) if self.random.random() < 0.5 else super().affine(x, w, b)

    def divide(self, a: Array, b: Any) -> Array:
        return np.asanyarray(a * (1 / b) if self.reciprocals else a / b)

    def exp(self, x: Array) -> Array:
        x = np.asarray(x)
        off = self.flushed(np.maximum(self._off(np.exp(x), 1, underflows=True), 0))
        return np.asanyarray(self.free(np.where((x == 0) | ~np.isfinite(x), np.exp(x), off)))

    def log(self, x: Array) -> Array:
        x = np.asarray(x)
        right = np.log(x)
        off = self._off(right, np.sign(right), underflows=False)
        return np.asanyarray(self.free(np.where((x == 1) | ~np.isfinite(right), right, off)))

    def _off(self, right: Array, sign: Any, underflows: bool) -> Any:
        direction = self.slant or self.random.choice([-1, 1, 0], size=right.shape)
        return pushed(right, self.dtype, direction * sign, underflows).astype(right.dtype)
