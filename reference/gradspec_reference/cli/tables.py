"""``gradspec-reference tables``: write what the pages of the docs hold between markers, or find what is stale."""

from __future__ import annotations

from pathlib import Path

import click

from gradspec.corpus.command import Impossible
from gradspec.corpus.files import FixtureError, WriteError
from gradspec.corpus.location import SPEC

from ..tables import TABLES, TableError, stale, write


@click.command("tables")
@click.option("--check", is_flag=True, help="Write nothing; name what is stale, and exit with code 1 if anything is.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=SPEC.parent,
    help="The checkout whose pages these are.",
)
def tables_command(check: bool, root: Path) -> None:
    """Write every generated table of the docs.

    Each is between two comments, <!-- NAME --> and <!-- /NAME -->; the rest of a page stays as it is. The rates
    of known mistakes take half a minute. They are computed only if something that they depend on has changed.
    """
    try:
        found = stale(root)
        if not check:
            write(root, found)
    except (TableError, FixtureError, WriteError) as error:
        raise Impossible(str(error)) from None
    for table in found:
        click.echo(f"{table.page}: {table.marker} {'is stale' if check else 'written'}")
    click.echo(f"{len(TABLES)} tables, {len(found)} {'stale' if check else 'written'}")
    if check and found:
        click.echo("`gradspec-reference tables` writes them.")
        raise click.exceptions.Exit(1)
