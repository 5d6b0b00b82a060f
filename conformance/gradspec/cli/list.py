"""``gradspec list``: the ids of the cases, or how many there are of what."""

from __future__ import annotations

from pathlib import Path

import click

from ..corpus.command import Impossible
from ..corpus.selection import Selection
from .selection import NO_CASE, reasons_of, select_some, selection

TABLE_WIDTH = 160  # columns, so that no name is cut


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
    chosen = Selection(names, dtypes, globs, tags)
    if coverage:
        from rich.console import Console

        from .coverage import coverage as coverage_table

        Console(width=TABLE_WIDTH).print(coverage_table(select_some(fixtures, chosen)))
        return
    reasons = reasons_of(fixtures, chosen)
    if not reasons:
        raise Impossible(NO_CASE)
    click.echo("\n".join(f"{reason.id}\t{reason.why}" for reason in reasons))
