"""``gradspec-reference``: write the fixtures, verify them, serve the reference as a candidate, list the layers.

Exit codes: 0 done; 1 `verify` found a difference, or `fuzz` a counterexample; 2 it could not be done.
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TextColumn

from gradspec.corpus.command import Commands, guarded
from gradspec.corpus.files import FixtureError
from gradspec.corpus.load import load
from gradspec.corpus.location import FIXTURES

from .. import widths
from ..cases import CASES
from ..generate import generate, replace, verify
from ..kill_matrix import rows
from ..mistakes import MISTAKES
from ..numbers.formats import FORMATS
from ..prove import UnprovenError
from ..serve import main as serve_candidate
from ..wrong_answers import CatalogueError
from . import matrix_text
from .fuzz import fuzz_command

LAYER = click.option(
    "--layer", "names", multiple=True, type=click.Choice(list(CASES)), help="Only this layer; repeatable."
)


class Impossible(click.ClickException):
    """It cannot be done."""

    exit_code = 2


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Prove every layer's values and intervals, and write them as fixtures."""


def _progress() -> Bar:
    console = Console(stderr=True)
    return Bar(TextColumn("{task.description}"), console=console, transient=True, disable=not console.is_terminal)


@main.command("generate")
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
        with _progress() as bar:
            task = bar.add_task("")
            manifest = generate(output, dict.fromkeys(names) or CASES, lambda case: bar.update(task, description=case))
    except (UnprovenError, CatalogueError, FixtureError, OSError) as error:
        raise Impossible(str(error)) from None
    click.echo(f"{len(set(names) or CASES)} layers written to {output}; the manifest counts {manifest['count']} cases")


@main.command("verify")
@LAYER
@click.option("--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Another directory of fixtures.")
def verify_command(names: tuple[str, ...], fixtures: Path) -> None:
    """Prove every case again and compare with the fixtures: every number bit for bit, and the digests."""
    try:
        with _progress() as bar:
            task = bar.add_task("")
            count, differences = verify(
                fixtures, dict.fromkeys(names) or CASES, lambda case: bar.update(task, description=case)
            )
    except (UnprovenError, CatalogueError, FixtureError) as error:
        raise Impossible(str(error)) from None
    for difference in differences:
        click.echo(difference)
    click.echo(f"{count} cases compared, {len(differences)} differences")
    if differences:
        raise click.exceptions.Exit(1)


@main.command("serve")
@click.option("--mistake", "name", metavar="LAYER/NAME", help="Make this known mistake, and declare this layer only.")
def serve_command(name: str | None) -> None:
    """Be a candidate: answer requests on standard input and output."""
    known = {f"{layer}/{mistake.name}": (layer, mistake) for layer, own in MISTAKES.items() for mistake in own}
    if name is None:
        serve_candidate()
    elif name not in known:
        raise Impossible(f"there is no known mistake {name}; `gradspec-reference mistakes` lists them")
    else:
        layer, mistake = known[name]
        with mistake.made():
            serve_candidate([layer])


@main.command("mistakes")
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
        for layer in chosen:
            for mistake in MISTAKES[layer]:
                dtypes = "" if not mistake.lost_in_rounding else f" (not in float32: {mistake.lost_in_rounding})"
                click.echo(f"{layer}/{mistake.name}\t{mistake.what}{dtypes}.")
        return
    if output is not None and not output.absolute().parent.is_dir():
        raise Impossible(f"--output cannot be written: {output.absolute().parent} is no directory")
    try:
        with _progress() as bar:
            task = bar.add_task("")
            found = rows(load(), chosen, lambda name: bar.update(task, description=name))
        text = matrix_text.FORMATS[form](found)
        if output is None:
            click.echo(text, nl=False)
        else:
            replace(output, text)
    except (FixtureError, OSError) as error:
        raise Impossible(str(error)) from None


@main.command("widths")
@click.option("--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Another directory of fixtures.")
def widths_command(fixtures: Path) -> None:
    """Print the table of median interval widths, in units of the unit roundoff."""
    try:
        click.echo(widths.table(load(fixtures)))
    except FixtureError as error:
        raise Impossible(str(error)) from None


@main.command("list")
def list_command() -> None:
    """List the layers, and how many cases each has."""
    for name, module in CASES.items():
        counts = ", ".join(f"{len(module.cases(form))} {dtype}" for dtype, form in FORMATS.items())
        click.echo(f"{name}: {counts}")


main.add_command(fuzz_command)


def entry() -> None:
    """Run ``gradspec-reference``."""
    guarded(main)
