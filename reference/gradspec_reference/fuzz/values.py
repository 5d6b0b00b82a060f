"""Nasty arrays of one dtype, each kind by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..numbers.formats import Format
from ..numbers.operations import Array

Random = np.random.Generator
Shape = tuple[int, ...]
LARGEST_COTANGENT = 20  # exponent of the largest magnitude [TO-M5]


def scaled(mantissas: Any, exponents: Any, form: Format) -> Array:
    """Return ``mantissas * 2**exponents`` in the dtype, rounded where it has no such number."""
    with np.errstate(all="ignore"):
        return np.asarray(np.ldexp(np.asarray(mantissas, np.float64), exponents)).astype(form.name)


def mantissas(random: Random, form: Format, shape: Shape) -> Any:
    """Return numbers of magnitude 1 to 2 with every bit of the significand in use, of both signs."""
    whole = random.integers(2 ** (form.precision - 1), 2**form.precision, shape)
    return whole * 2.0 ** (1 - form.precision) * random.choice([-1.0, 1.0], shape)


def generic(random: Random, form: Format, shape: Shape) -> Array:
    """Return ordinary numbers with every bit of the significand in use."""
    return scaled(mantissas(random, form, shape), random.integers(-3, 2, shape), form)


def lattice(random: Random, form: Format, shape: Shape) -> Array:
    """Return small multiples of one power of two, zero included."""
    return scaled(random.integers(-4, 5, shape), int(random.integers(-4, 5)), form)


def powers(random: Random, form: Format, shape: Shape) -> Array:
    """Return powers of two of ordinary size."""
    return scaled(random.choice([-1.0, 1.0], shape), random.integers(-8, 9, shape), form)


def any_power(random: Random, form: Format, shape: Shape) -> Array:
    """Return powers of two of any size at all."""
    return scaled(random.choice([-1.0, 1.0], shape), random.integers(form.grid, form.limit, shape), form)


def wide(random: Random, form: Format, shape: Shape) -> Array:
    """Return numbers of a third of all exponents."""
    reach = form.limit // 3
    return scaled(mantissas(random, form, shape), random.integers(-reach, reach, shape), form)


def subnormal(random: Random, form: Format, shape: Shape) -> Array:
    """Return subnormal numbers, often with few bits."""
    bits = int(random.integers(1, form.precision))
    return scaled(random.integers(-(2**bits) + 1, 2**bits, shape), form.grid, form)


def huge(random: Random, form: Format, shape: Shape) -> Array:
    """Return numbers within a factor of 16 of the largest."""
    return scaled(mantissas(random, form, shape), random.integers(form.limit - 4, form.limit, shape), form)


def tiny(random: Random, form: Format, shape: Shape) -> Array:
    """Return numbers around the smallest normal one."""
    low = form.smallest_normal
    return scaled(mantissas(random, form, shape), random.integers(low - 2, low + 4, shape), form)


def equal(random: Random, form: Format, shape: Shape) -> Array:
    """Return one number everywhere."""
    return np.full(shape, generic(random, form, ()), form.name)


def close(random: Random, form: Format, shape: Shape) -> Array:
    """Return numbers that are a few units in the last place apart, at any offset."""
    base = 2 ** (form.precision - 1) + int(random.integers(2 ** (form.precision - 2)))
    exponent = int(random.integers(-6, 8)) + 1 - form.precision
    return scaled(base + random.integers(0, 4, shape), exponent, form)


def zero(random: Random, form: Format, shape: Shape) -> Array:
    """Return zeros of both signs."""
    return scaled(random.choice([0.0, -0.0], shape), 0, form)


def many_zeros(random: Random, form: Format, shape: Shape) -> Array:
    """Return ordinary numbers, half of them replaced by zero."""
    return np.where(random.random(shape) < 0.5, generic(random, form, shape), np.zeros(shape, form.name))


def integers(random: Random, form: Format, shape: Shape) -> Array:
    """Return integers of up to half the significand, whose products are exact and whose sums may not be."""
    most = 2 ** int(random.integers(4, form.precision // 2 + 2))
    return scaled(random.integers(-most, most + 1, shape), 0, form)


def special(random: Random, form: Format, shape: Shape) -> Array:
    """Return ordinary numbers, some replaced by infinities and NaN."""
    found = generic(random, form, shape)
    chosen = random.random(shape) < 0.2
    return np.where(chosen, random.choice([np.inf, -np.inf, np.nan], shape), found).astype(form.name)


# What only logits, probabilities or cotangents are.


def spread(random: Random, form: Format, shape: Shape) -> Array:
    """Return logits whose exponentials reach from 1 to below the smallest number."""
    most = (-form.grid + 5) * np.log(2.0) * random.choice([0.1, 0.5, 1.0])
    return np.asarray(random.random(shape) * -most + random.choice([0.0, most / 2, most]), form.name)


def underflowing(random: Random, form: Format, shape: Shape) -> Array:
    """Return logits of 0 and of those whose exponentials are subnormal."""
    low, high = form.grid * np.log(2.0) - 1, form.smallest_normal * np.log(2.0) + 1
    return np.where(random.random(shape) < 0.5, 0, random.uniform(low, high, shape)).astype(form.name)


def offset(random: Random, form: Format, shape: Shape) -> Array:
    """Return logits around a large common number."""
    return scaled(random.integers(-200, 200, shape) / 64 + 2.0 ** int(random.integers(4, 14)), 0, form)


def few_values(random: Random, form: Format, shape: Shape) -> Array:
    """Return at most two different numbers."""
    return scaled(random.choice(random.normal(0, 3, 2), shape), 0, form)


def fractions(random: Random, form: Format, shape: Shape) -> Array:
    """Return numbers between 0 and 1."""
    return np.maximum(random.random(shape), 2.0**-30).astype(form.name)


def near_one(random: Random, form: Format, shape: Shape) -> Array:
    """Return 1 and its neighbours."""
    return scaled(2**form.precision + random.integers(-3, 3, shape), -form.precision, form)


def large(random: Random, form: Format, shape: Shape) -> Array:
    """Return numbers as large as a cotangent may be."""
    found = scaled(
        mantissas(random, form, shape), random.integers(LARGEST_COTANGENT - 6, LARGEST_COTANGENT, shape), form
    )
    return np.where(random.random(shape) < 0.2, scaled(1, LARGEST_COTANGENT, form), found).astype(form.name)


Kind = Callable[[Random, Format, Shape], Array]


def _by_name(*kinds: Kind) -> dict[str, Kind]:
    return {kind.__name__: kind for kind in kinds}


GENTLE = _by_name(generic, lattice, powers, equal, close, many_zeros, integers)
WILD = _by_name(any_power, wide, subnormal, huge, tiny, zero)
LOGITS = _by_name(generic, lattice, spread, underflowing, offset, few_values, close, equal, many_zeros)
PROBABILITIES = _by_name(fractions, near_one, powers, close, equal)
COTANGENTS = _by_name(generic, lattice, powers, equal, many_zeros, large, subnormal, zero, tiny, wide, any_power)
SPECIAL = _by_name(special)
