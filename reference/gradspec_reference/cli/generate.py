"""``gradspec-reference generate``: prove every case, and write the fixtures."""

from __future__ import annotations

from pathlib import Path

import click

from gradspec.corpus import files
from gradspec.corpus.command import Impossible
from gradspec.corpus.files import FixtureError, WriteError
from gradspec.corpus.location import FIXTURES

from ..cases import CASES
from ..generate import generate
from ..prove import UnprovenError
from ..wrong_answers import CatalogueError
from .options import LAYER, progress


@click.command("generate")
@LAYER
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=FIXTURES,
    help="Directory to write to.",
)
def generate_command(names: tuple[str, ...], output: Path) -> None:
    """Prove every case and write the fixtures and their manifest."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        with progress() as told:
            manifest = generate(output, dict.fromkeys(names) or CASES, told)
    except OSError as error:
        raise Impossible(f"{output} cannot be written: {files.reason(error)}") from None
    except (UnprovenError, CatalogueError, FixtureError, WriteError) as error:
        raise Impossible(str(error)) from None
    click.echo(f"{len(set(names) or CASES)} layers written to {output}; the manifest counts {manifest['count']} cases")
