"""What several commands share: the choice of layers, and a line that tells how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TextColumn

from gradspec.corpus.spec import layers

LAYER = click.option(
    "--layer",
    "names",
    multiple=True,
    type=click.Choice(list(layers())),
    metavar="LAYER",
    help="Only this layer; repeatable.",
)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yield a function that shows one line on a terminal's standard error; it is erased at the end."""
    console = Console(stderr=True)
    with Bar(TextColumn("{task.description}"), console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda line: bar.update(task, description=line)
