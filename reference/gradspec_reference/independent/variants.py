"""The register of the allowed algorithms, alone and mixed."""

from __future__ import annotations

import functools

import numpy as np

from .algorithms import (
    Apart,
    Chained,
    Distributed,
    LogOfProbability,
    Merged,
    MergedSingles,
    Online,
    ThroughJacobian,
    ThroughLogarithm,
    Unshifted,
)
from .anything import Anything
from .arithmetic import Arithmetic
from .flushing import Flushing
from .functions import BinaryExponential, BinaryLogarithm, Reciprocal, Rough, RoughApart, RoughBelow
from .regression import AllAtOnce, HalfFirst, HalfLast, MeanOfElements, ScalarProduct
from .scaling import BothLast, CotangentLast, DividedBetween, DividedLast, ScaledBetween, ScaledLast
from .sums import (
    BiasFirst,
    Blocked,
    CorrectlyRounded,
    Fused,
    Lanes,
    Pairwise,
    Permuted,
    Reversed,
    Sequential,
    WiderAccumulator,
    WiderThroughout,
)

Way = type[Arithmetic]
SUMS: tuple[Way, ...] = (
    *(Sequential, Reversed, Permuted, Pairwise, Blocked, Lanes, CorrectlyRounded, Fused, WiderAccumulator),
)
BIAS: tuple[Way, ...] = (BiasFirst,)  # shows with written-out sums only
HALF: tuple[Way, ...] = (HalfFirst,)  # same bits, but for an underflow
ROUTES: tuple[tuple[Way, ...], ...] = (
    (ThroughLogarithm, Unshifted, Online, Merged, MergedSingles),
    (LogOfProbability, Chained),
    (Distributed,),
    (Apart, ThroughJacobian),
    (HalfLast, AllAtOnce, ScalarProduct, MeanOfElements),
    (ScaledLast, DividedLast, CotangentLast, BothLast, ScaledBetween, DividedBetween),
    (Reciprocal,),
    (Rough, RoughBelow, RoughApart, BinaryExponential, BinaryLogarithm),
)
SEEDS = 2**32
FREE, FLUSHED = "Anything:", "AnythingFlushed:"


def mixed(*parts: Way) -> Arithmetic:
    """Return the variant that differs from plain NumPy in all of these ways."""
    found: Arithmetic = type("+".join(part.__name__ for part in parts), parts or (Arithmetic,), {})()
    return found


def anything(seed: int, *, flushes: bool = False) -> Arithmetic:
    """Return the variant that `seed` draws: ways around the formulas, and every freedom of the rounding model."""
    random = np.random.default_rng(seed)
    drawn = ((group, int(random.integers(len(group) + 2))) for group in (BIAS, HALF, *ROUTES[:-2]))
    parts = [group[i] for group, i in drawn if i < len(group)]
    members = {"seed": seed, "flushes": flushes}
    found: Arithmetic = type(f"{FLUSHED if flushes else FREE}{seed}", (*parts, Anything), members)()
    return found


@functools.cache
def alone() -> tuple[Arithmetic, ...]:
    """Return plain NumPy and the variants that differ from it in one way."""
    ways = (*SUMS, WiderThroughout, *HALF, *(way for group in ROUTES for way in group))
    return Arithmetic(), *(way() for way in ways)


@functools.cache
def fixed() -> tuple[Arithmetic, ...]:
    """Return the variants that no seed draws: those of `alone`, and every order of sums that starts from the bias."""
    return *alone(), *(mixed(way, BiasFirst) for way in SUMS)


def named(name: str) -> Arithmetic:
    """Return the variant of that name, which a finding gives; raise `KeyError` where there is none."""
    for prefix in (FREE, FLUSHED):
        if name.startswith(prefix) and name.removeprefix(prefix).isdecimal():
            return anything(int(name.removeprefix(prefix)), flushes=prefix == FLUSHED)
    alike = {way.__name__: way for way in map(type, alone())} | {way.__name__: way for way in (*BIAS, Flushing)}
    return alike[name]() if name in alike else mixed(*(alike[part] for part in name.split("+")))


def mixture(random: np.random.Generator, *first: Way) -> Arithmetic:
    """Return a variant that differs from plain NumPy in many ways, in those of `first` and others chosen at random."""
    drawn = ((group, int(random.integers(len(group) + 1))) for group in (SUMS, BIAS, *ROUTES))
    return mixed(*first, *(group[i] for group, i in drawn if i < len(group)))
