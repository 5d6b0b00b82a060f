"""``gradspec-reference list``: the layers, and how many cases each has."""

from __future__ import annotations

import click

from ..cases import CASES, questions
from ..numbers.formats import FORMATS


@click.command("list")
def list_command() -> None:
    """List the layers, and how many cases each has."""
    for name in CASES:
        counts = ", ".join(f"{len(questions(name, form))} {dtype}" for dtype, form in FORMATS.items())
        click.echo(f"{name}: {counts}")
