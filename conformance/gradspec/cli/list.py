"""``gradspec list``: the ids of the cases, or how many there are of what."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from ..corpus.command import PIPE_WIDTH
from ..corpus.selection import Selection
from .coverage import coverage as coverage_table
from .selection import select_some, selection


@click.command("list")
@click.option("--coverage", is_flag=True, help="Count cases by layer, attribute value, dtype and gradient instead.")
@selection
def list_command(
    coverage: bool,
    fixtures: Path,
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
) -> None:
    """List case ids, and why each case exists."""
    cases = select_some(fixtures, Selection(names, dtypes, globs, tags))
    if coverage:
        Console(width=PIPE_WIDTH).print(coverage_table(cases))
        return
    for case in cases:
        click.echo(f"{case.id}\t{case.why}")
