"""What an explanation is about, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from ..corpus.case import Case

Array = npt.NDArray[Any]

UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Failure:
    """A wrong answer to a case: every tensor that was given by path, float64, and the paths of those that failed."""

    case: Case
    tensors: Mapping[str, Array]
    failed: frozenset[str]


@dataclass(frozen=True)
class Explanation:
    """One reason for the failures in one layer.

    `matched` are the failing cases that agree with it, of `shown` asked cases that can; `consistent` are failing cases
    in whose wrong tensors it meddles too, but for which the fixtures do not hold what it gives. It is `known` if it is
    in the catalogue, and `whole` if nothing else was wrong in a case that it matched.
    """

    layer: str
    name: str
    what: str
    remedy: str
    matched: tuple[str, ...]
    shown: int
    consistent: tuple[str, ...] = ()
    known: bool = True
    whole: bool = True
