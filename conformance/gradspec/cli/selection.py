"""Options, selection and errors that several commands use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..corpus.command import Impossible
from ..corpus.files import FixtureError
from ..corpus.location import FIXTURES
from ..corpus.manifest import Reason, read_manifest
from ..corpus.selection import Selection, SelectionError

if TYPE_CHECKING:  # what needs h5py is imported where a case is read
    from ..corpus.case import Case

NO_CASE = "no case matches these filters; `gradspec list` shows the cases"


def selection(function: click.decorators.FC) -> click.decorators.FC:
    """Give a command the options that choose cases."""
    for option in (
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only cases with this tag; repeatable."),
        click.option(
            "--case",
            "globs",
            multiple=True,
            metavar="GLOB",
            help="Only ids that match, * allowed; repeatable.",
        ),
        click.option("--dtype", "dtypes", multiple=True, metavar="DTYPE", help="Only this dtype; repeatable."),
        click.option("--layer", "names", multiple=True, metavar="LAYER", help="Only this layer; repeatable."),
        click.option(
            "--fixtures",
            type=click.Path(path_type=Path),
            default=FIXTURES,
            help="Use the fixtures in this directory.",
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
        from ..corpus.load import load

        found = load(fixtures, [case_id])
    except FixtureError as error:
        raise Impossible(str(error)) from None
    if not found:
        raise Impossible(f"there is no case {case_id}; `gradspec list` shows the cases")
    return found[0]


def select(fixtures: Path, chosen: Selection) -> list[Case]:
    """Return the cases that the options choose, perhaps none.

    Raises
    ------
    Impossible
        The fixtures cannot be used, or an option names nothing.
    """
    try:
        return chosen.cases(fixtures)
    except (FixtureError, SelectionError) as error:
        raise Impossible(str(error)) from None


def select_some(fixtures: Path, chosen: Selection) -> list[Case]:
    """Return what `select` does; raise `Impossible` also where that is no case."""
    found = select(fixtures, chosen)
    if not found:
        raise Impossible(NO_CASE)
    return found


def require_possible(fixtures: Path, chosen: Selection) -> None:
    """Raise `Impossible` if the manifest cannot be used, or has no layer or dtype of these names."""
    try:
        chosen.ids(fixtures)
    except (FixtureError, SelectionError) as error:
        raise Impossible(str(error)) from None


def reasons_of(fixtures: Path, chosen: Selection) -> list[Reason]:
    """Return why the chosen cases exist; raise `Impossible` as `select` does."""
    try:
        return chosen.reasons(fixtures)
    except (FixtureError, SelectionError) as error:
        raise Impossible(str(error)) from None
