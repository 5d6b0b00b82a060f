"""The table of ``gradspec list --coverage``."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from ..corpus.case import Case
from ..corpus.coverage import coverage_counts


def coverage(cases: Iterable[Case]) -> Table:
    """Return the counts as a table, a column for each dtype."""
    counts = coverage_counts(cases)
    dtypes = list(dict.fromkeys(dtype for _, _, dtype, _ in counts))
    table = Table(box=SIMPLE_HEAD)
    for column in ("layer", "attribute", "gradient", *dtypes):
        table.add_column(column, no_wrap=True, justify="right" if column in dtypes else "left")
    for layer, value, gradient in dict.fromkeys((la, v, g) for la, v, _, g in counts):
        found = [counts[layer, value, dtype, gradient] for dtype in dtypes]
        table.add_row(layer, value, gradient, *map(str, found), style="" if all(found) else "red")
    holes = sum(not n for n in counts.values())
    table.caption = f"{len(counts)} combinations, {holes} without a case"
    return table
