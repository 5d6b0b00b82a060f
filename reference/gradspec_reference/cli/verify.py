"""``gradspec-reference verify``: prove every case again, and compare with the fixtures."""

from __future__ import annotations

from pathlib import Path

import click

from gradspec.corpus.command import Impossible
from gradspec.corpus.files import FixtureError
from gradspec.corpus.location import FIXTURES

from ..cases import CASES
from ..generate import verify
from ..prove import UnprovenError
from ..wrong_answers import CatalogueError
from .options import LAYER, progress


@click.command("verify")
@LAYER
@click.option("--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Another directory of fixtures.")
def verify_command(names: tuple[str, ...], fixtures: Path) -> None:
    """Prove every case again and compare with the fixtures: every number bit for bit, and the digests."""
    try:
        with progress() as told:
            count, differences = verify(fixtures, dict.fromkeys(names) or CASES, told)
    except (UnprovenError, CatalogueError, FixtureError) as error:
        raise Impossible(str(error)) from None
    for difference in differences:
        click.echo(difference)
    click.echo(f"{count} cases compared, {len(differences)} differences")
    if differences:
        raise click.exceptions.Exit(1)
