"""What the commands share: which cases they are about, and how they say that something cannot be done."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import click

from .corpus import FIXTURES
from .fixture import Case, FixtureError
from .protocol import printable
from .run import load

PIPE_WIDTH = 100


class Impossible(click.ClickException):
    """The run cannot be done; the message may quote a candidate."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def selection(function: click.decorators.FC) -> click.decorators.FC:
    """Give a command the options that choose cases."""
    for option in (
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only cases with this tag; repeatable."),
        click.option(
            "--case",
            "globs",
            multiple=True,
            metavar="GLOB",
            help="Only case ids like this, * allowed; repeatable.",
        ),
        click.option("--dtype", "dtypes", multiple=True, metavar="DTYPE", help="Only this dtype; repeatable."),
        click.option("--layer", "names", multiple=True, metavar="LAYER", help="Only this layer; repeatable."),
        click.option(
            "--fixtures",
            type=click.Path(path_type=Path),
            default=FIXTURES,
            help="Another directory of fixtures.",
        ),
    ):
        function = option(function)
    return function


def load_cases(fixtures: Path) -> list[Case]:
    """Return every case of a directory of fixtures; raise `Impossible` if they cannot be used."""
    try:
        return load(fixtures)
    except FixtureError as error:
        raise Impossible(str(error)) from None


def select(
    cases: list[Case],
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
) -> list[Case]:
    """Return the cases that the options choose; raise `Impossible` if one names nothing, or all of them together."""
    for kind, wanted, known in (
        ("layer", names, {c.layer for c in cases}),
        ("dtype", dtypes, {c.dtype for c in cases}),
        ("tag", tags, {t for c in cases for t in c.tags}),
    ):
        for value in set(wanted) - known:
            raise Impossible(f"there is no {kind} {value}; there are: {', '.join(sorted(known))}")
    selected = [
        c
        for c in cases
        if (not names or c.layer in names)
        and (not dtypes or c.dtype in dtypes)
        and (not tags or set(tags) & set(c.tags))
        and (not globs or any(fnmatch(c.id, g) for g in globs))
    ]
    if not selected:
        raise Impossible("no case matches these filters; `gradspec list` shows the cases")
    return selected
