"""``gradspec-reference mistakes``: the catalogue of known mistakes, and which case finds which of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from gradspec.corpus import files
from gradspec.corpus.command import Impossible
from gradspec.corpus.files import FixtureError, WriteError
from gradspec.corpus.load import load

from ..kill_matrix import rows
from ..mistakes import MISTAKES
from . import matrix_text
from .options import LAYER, progress


@click.command("mistakes")
@LAYER
@click.option("--matrix", is_flag=True, help="Find each of them with every case, and with the usual checks.")
@click.option("--format", "form", type=click.Choice(list(matrix_text.FORMATS)), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def mistakes_command(names: tuple[str, ...], matrix: bool, form: str, output: Path | None) -> None:
    """List the known mistakes, or show which case finds which of them (--matrix)."""
    chosen = list(dict.fromkeys(names) or MISTAKES)
    if not matrix:
        if form != "text" or output is not None:
            raise Impossible("--format and --output go with --matrix")
        _list(chosen)
        return
    try:
        if output is not None:
            files.require_writable("--output", output)
        with progress() as told:
            found = rows(load(), chosen, told)
        text = matrix_text.FORMATS[form](found)
        if output is None:
            click.echo(text, nl=False)
        else:
            files.write(output, text.encode())
    except (FixtureError, WriteError) as error:
        raise Impossible(str(error)) from None


def _list(names: Iterable[str]) -> None:
    for layer in names:
        for mistake in MISTAKES[layer]:
            dtypes = "" if not mistake.lost_in_rounding else f" (not in float32: {mistake.lost_in_rounding})"
            click.echo(f"{layer}/{mistake.name}\t{mistake.what}{dtypes}.")
