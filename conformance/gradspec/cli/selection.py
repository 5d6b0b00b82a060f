"""What the commands share: which cases they are about, and how they say that something cannot be done."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import click

from ..corpus.case import Case
from ..corpus.command import Impossible
from ..corpus.files import FixtureError
from ..corpus.fixture import read_manifest
from ..corpus.load import load
from ..corpus.location import FIXTURES


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


def ids_of(fixtures: Path) -> list[str]:
    """Return the ids of a directory of fixtures; raise `Impossible` if its manifest cannot be used."""
    try:
        return list(read_manifest(fixtures)["cases"])
    except FixtureError as error:
        raise Impossible(str(error)) from None


def case_of(fixtures: Path, case_id: str) -> Case:
    """Return one case; raise `Impossible` if there is none, or the fixtures cannot be used."""
    try:
        found = load(fixtures, [case_id])
    except FixtureError as error:
        raise Impossible(str(error)) from None
    if not found:
        raise Impossible(f"there is no case {case_id}; `gradspec list` shows the cases")
    return found[0]


def select(
    fixtures: Path,
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
) -> list[Case]:
    """Return the cases that the options choose.

    Raises
    ------
    Impossible
        The fixtures cannot be used, an option names nothing, or all of them together do.
    """
    ids = ids_of(fixtures)
    for kind, wanted, place in (("layer", names, 0), ("dtype", dtypes, 1)):
        _require_known(kind, wanted, {i.split("/")[place] for i in ids})
    chosen = [
        i
        for i in ids
        if (not names or i.split("/")[0] in names)
        and (not dtypes or i.split("/")[1] in dtypes)
        and (not globs or any(fnmatch(i, glob) for glob in globs))
    ]
    try:
        cases = load(fixtures, None if tags or len(chosen) == len(ids) else set(chosen))
    except FixtureError as error:
        raise Impossible(str(error)) from None
    _require_known("tag", tags, {tag for case in cases for tag in case.tags})
    selected = [c for c in cases if c.id in chosen and (not tags or set(tags) & set(c.tags))]
    if not selected:
        raise Impossible("no case matches these filters; `gradspec list` shows the cases")
    return selected


def _require_known(kind: str, wanted: tuple[str, ...], known: set[str]) -> None:
    for value in set(wanted) - known:
        raise Impossible(f"there is no {kind} {value}; there are: {', '.join(sorted(known))}")
