"""``gradspec``: check a candidate, list the cases, show one.

Exit codes: 0 everything asked passed; 1 something failed; 2 the run could not be done (usage, no candidate, no cases).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console

from ..corpus.coverage import coverage as coverage_table
from ..corpus.location import FIXTURES
from ..report import terminal as report
from .check import check_command
from .explain import explain_command
from .selection import PIPE_WIDTH, Impossible, case_of, select, selection


class Commands(click.Group):
    """Commands whose reader may leave: click itself would exit with code 1, which says that something failed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os._exit(2)
        except KeyboardInterrupt:
            raise Impossible("interrupted") from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(report.tool_version(), prog_name="gradspec")
def main() -> None:
    """Check a neural-network layer's outputs and gradients against proven intervals."""


main.add_command(check_command)


@main.command("list")
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
    if coverage:
        Console(width=PIPE_WIDTH).print(coverage_table(select(fixtures, names, dtypes, globs, tags)))
        return
    for case in select(fixtures, names, dtypes, globs, tags):
        click.echo(f"{case.id}\t{case.why}")


@main.command("show")
@click.option("--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Another directory of fixtures.")
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


main.add_command(explain_command)


def guarded(command: click.Command) -> None:
    """Run a command; if its output cannot be written, say so and exit with code 2."""
    try:
        try:
            command()
        finally:
            if sys.stdout is not None:  # None where the caller closed it
                sys.stdout.flush()
    except BrokenPipeError:
        os._exit(2)  # nobody reads; the interpreter's own flush would complain
    except OSError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.stderr.flush()
        os._exit(2)


def entry() -> None:
    """Run ``gradspec``."""
    guarded(main)
