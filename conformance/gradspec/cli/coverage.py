"""The table of ``gradspec list --coverage``."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ..corpus.case import Case
from ..corpus.coverage import FLOORS, Cell, cells


def coverage(cases: Iterable[Case]) -> Table:
    """Return the counts as a table: a row for each layer and setting, the smallest count of the dtypes in each cell."""
    counts = cells(cases)
    dtypes = list(dict.fromkeys(cell.dtype for cell in counts))
    table = Table(box=SIMPLE_HEAD)
    for column in ("layer", "setting", *FLOORS):
        table.add_column(column, no_wrap=True, justify="left" if column in ("layer", "setting") else "right")
    for layer, setting in dict.fromkeys((cell.layer, cell.setting) for cell in counts):
        row = []
        for counted in FLOORS:
            found = [counts[cell] for d in dtypes if (cell := Cell(layer, setting, d, counted)) in counts]
            row.append(_cell(min(found), FLOORS[counted]) if found else "")
        table.add_row(layer, setting, *row)
    low = sum(count < FLOORS[cell.counted] for cell, count in counts.items())
    floors = ", ".join(f"{name} {floor}" for name, floor in FLOORS.items())
    table.caption = f"{len(counts)} cells, {low} below their floor ({floors}); smallest count of {', '.join(dtypes)}"
    return table


def _cell(count: int, floor: int) -> str:
    return f"[red]{count}[/]" if count < floor else str(count)
