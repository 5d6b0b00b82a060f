"""How many cases there are of what, so that a hole in the corpus shows.

A cell is a layer, a setting (a value for each attribute), a dtype, and what is counted: all cases, those that ask for
gradients, those of one edge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from .case import DTYPES, Case
from .spec import layers

EDGES = ("empty", "one_class", "kink", "extreme", "offset", "unlikely", "subnormal", "special")
CASES, GRADIENTS = "cases", "gradients"
FLOORS = {CASES: 4, GRADIENTS: 3} | dict.fromkeys(EDGES, 1)  # cases in each cell, at least


class Cell(NamedTuple):
    """One combination that is counted."""

    layer: str
    setting: str
    dtype: str
    counted: str


def setting_of(attributes: Iterable[tuple[str, str]]) -> str:
    """Return a setting as text, such as ``rows, mean``; empty for a layer without attributes."""
    return ", ".join(value for _, value in sorted(attributes))


def cells(cases: Iterable[Case]) -> dict[Cell, int]:
    """Count the cases in every cell of the layers and dtypes that occur; what has no case counts 0.

    An edge is counted where any case of the layer has it.
    """
    chosen = list(cases)
    counts = Counter(cell for case in chosen for cell in _cells_of(case))
    edges = {(cell.layer, cell.counted) for cell in counts}
    dtypes = [dtype for dtype in DTYPES if any(case.dtype == dtype for case in chosen)]
    found = {}
    for layer in dict.fromkeys(case.layer for case in chosen):
        attributes = layers()[layer].attributes
        for values in product(*attributes.values()):
            setting = setting_of(zip(attributes, values, strict=True))
            for counted in (c for c in FLOORS if (layer, c) in edges):
                for dtype in dtypes:
                    cell = Cell(layer, setting, dtype, counted)
                    found[cell] = counts[cell]
    return found


def below_floor(cases: Iterable[Case]) -> list[str]:
    """Return a sentence for each cell that has fewer cases than its floor."""
    return [
        f"{cell.layer}, {cell.dtype}, {cell.setting or 'no attributes'}: "
        f"{count} {cell.counted}, and at least {FLOORS[cell.counted]} are needed"
        for cell, count in cells(cases).items()
        if count < FLOORS[cell.counted]
    ]


def too_few(
    layer: str, dtype: str, asked: Iterable[Case], edges: Collection[str], declared: Mapping[str, Sequence[str]]
) -> str:
    """Say why the `asked` cases of a layer in one dtype are too few for a claim; empty if they are not.

    `edges` are the edge tags that the corpus has for the layer, `declared` the values that each attribute may have.
    Source: ``spec/README.md``, "Claims".
    """
    counts = Counter(cell for case in asked for cell in _cells_of(case))
    for values in product(*declared.values()):
        setting = setting_of(zip(declared, values, strict=True))
        for counted, floor in FLOORS.items():
            count = counts[Cell(layer, setting, dtype, counted)]
            if count < floor and (counted not in EDGES or counted in edges):
                where = f"{layer} in {dtype}{f', {setting}' if setting else ''}"
                what = counted if counted in (CASES, GRADIENTS) else f"cases with the tag {counted}"
                return f"{where}: {count} {what} were asked, and a claim needs {floor}"
    return ""


def _cells_of(case: Case) -> Iterator[Cell]:
    setting = setting_of(case.attributes.items())
    for counted in (CASES, *([GRADIENTS] if case.gradients else []), *(tag for tag in case.tags if tag in EDGES)):
        yield Cell(case.layer, setting, case.dtype, counted)
