"""``gradspec show``: one case with all its numbers."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from ..corpus.location import FIXTURES
from .selection import case_of


@click.command("show")
@click.option(
    "--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Use the fixtures in this directory."
)
@click.argument("case_id", metavar="CASE-ID")
def show_command(fixtures: Path, case_id: str) -> None:
    """Print a case: inputs, cotangents, and value, lo and hi of every answer."""
    case = case_of(fixtures, case_id)
    click.echo(f"{case.id}: {case.why}")
    click.echo(
        f"attributes: {dict(case.attributes)}  clauses: {', '.join(case.clauses)}  tags: {', '.join(case.tags) or '-'}"
    )
    with np.printoptions(floatmode="unique", linewidth=110):
        for kind in ("inputs", "cotangents"):
            for name, array in getattr(case, kind).items():
                click.echo(f"\n{kind}/{name} {array.dtype} {array.shape}\n{array}")
        for kind in ("outputs", "gradients"):
            for name, interval in getattr(case, kind).items():
                click.echo(f"\n{kind}/{name} {case.dtype} {interval.value.shape}")
                for part in ("value", "lo", "hi"):
                    click.echo(f"{part:>5}: {np.array2string(getattr(interval, part), prefix='       ')}")
