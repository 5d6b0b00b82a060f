"""The kill matrix on paper: as a table for terminals, as Markdown, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ..kill_matrix import CHECKS, Row, rates

FOUND, MISSED = "x", "."
LEGEND = (
    "A letter for each case, in the order listed: x rejected by the interval, . not. "
    "The numbers count the cases on which a check rejects the wrong answer."
)


def _layers(matrix: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.layer for row in matrix))


def _cells(row: Row) -> list[str]:
    letters = "".join(FOUND if CHECKS[0] in checks else MISSED for checks in row.rejected.values())
    counts = [str(row.killed(check)) if row.dtype == "float64" or check == CHECKS[0] else "" for check in CHECKS]
    return [row.mistake.name, row.dtype, letters, *counts]


def _rates(matrix: Sequence[Row]) -> list[list[str]]:
    return [
        [check, f"{r.mistakes} of {r.of_mistakes}", f"{r.mistakes / r.of_mistakes:.1%}", f"{r.cases / r.of_cases:.1%}"]
        for check, r in rates(matrix).items()
    ]


RATE_HEAD = ["check", "mistakes found", "", "of the answers that gradspec rejects"]
HEAD = ["mistake", "dtype", "cases", *CHECKS]


def terminal(matrix: Sequence[Row], width: int | None = None) -> str:
    """Return the matrix as tables of text."""
    console = Console(width=width or 160)
    with console.capture() as captured:
        for layer in _layers(matrix):
            own = [row for row in matrix if row.layer == layer]
            console.print(_table(layer, HEAD, [_cells(row) for row in own]))
            console.print(f"cases: {', '.join(own[0].rejected)}", highlight=False)
        console.print(LEGEND, highlight=False)
        console.print(_table("float64, all checks", RATE_HEAD, _rates(matrix)))
    return captured.get()


def _table(title: str, head: list[str], cells: list[list[str]]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD)
    for column in head:
        table.add_column(column, no_wrap=column in ("mistake", "cases"))
    for row in cells:
        table.add_row(*row)
    return table


def markdown(matrix: Sequence[Row]) -> str:
    """Return the matrix as Markdown."""
    lines = ["# Known mistakes and what finds them", "", LEGEND, "", *_lines(RATE_HEAD, _rates(matrix))]
    for layer in _layers(matrix):
        own = [row for row in matrix if row.layer == layer]
        lines += ["", f"## {layer}", "", *_lines(HEAD, [_cells(row) for row in own])]
        lines += ["", f"Cases: {', '.join(own[0].rejected)}."]
    return "\n".join(lines) + "\n"


def _lines(head: list[str], cells: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *cells)]


def as_json(matrix: Sequence[Row]) -> str:
    """Return the matrix as JSON: for each mistake and dtype, by case, the checks that reject it."""
    entries = [
        {"layer": row.layer, "mistake": row.mistake.name, "dtype": row.dtype, "rejected": dict(row.rejected)}
        for row in matrix
    ]
    summary = {check: vars(rate) for check, rate in rates(matrix).items()}
    return json.dumps({"checks": CHECKS, "rates": summary, "matrix": entries}, indent=1) + "\n"


FORMATS: dict[str, Callable[[Sequence[Row]], str]] = {"text": terminal, "markdown": markdown, "json": as_json}
