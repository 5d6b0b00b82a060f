"""``gradspec list``: the ids of the cases, or how many there are of what."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from ..corpus.command import PIPE_WIDTH
from .coverage import coverage as coverage_table
from .selection import select, selection


@click.command("list")
@click.option("--coverage", is_flag=True, help="Count the cases of each layer and setting instead, by edge.")
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
    if coverage:
        Console(width=PIPE_WIDTH).print(coverage_table(select(fixtures, names, dtypes, globs, tags)))
        return
    for case in select(fixtures, names, dtypes, globs, tags):
        click.echo(f"{case.id}\t{case.why}")
