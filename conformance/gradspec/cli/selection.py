"""What the commands share: which cases they are about, and how they say that something cannot be done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..corpus.command import Impossible
from ..corpus.files import FixtureError
from ..corpus.later import Later
from ..corpus.location import FIXTURES
from ..corpus.manifest import matching, read_manifest

if TYPE_CHECKING:  # what needs h5py is imported where a case is read
    from ..corpus.case import Case
    from ..corpus.fixture import Reason

NOTHING_CHOSEN = "no case matches these filters; `gradspec list` shows the cases"


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
        from ..corpus.load import load

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
    chosen, whole = choose(fixtures, names, dtypes, globs)
    try:
        from ..corpus.load import load

        ids = set(chosen)
        if tags:
            ids = {reason.id for reason in tagged(reasons_of(fixtures, chosen), tags)}
        cases = load(fixtures, None if whole and not tags else ids)
    except FixtureError as error:
        raise Impossible(str(error)) from None
    if not cases:
        raise Impossible(NOTHING_CHOSEN)
    return cases


def choose(
    fixtures: Path, names: tuple[str, ...], dtypes: tuple[str, ...], globs: tuple[str, ...]
) -> tuple[list[str], bool]:
    """Return the ids that the options choose, and whether these are all; raise `Impossible` as `select` does."""
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
    return chosen, len(chosen) == len(ids)


def reasons_of(fixtures: Path, ids: Iterable[str]) -> list[Reason]:
    """Return why the cases `ids` exist, identity first; nothing else of them is read, once all files match [FX-10].

    The files are compared while h5py is imported.
    """
    names: dict[str, list[str]] = {}
    for case_id in sorted(ids):
        layer, _, name = case_id.partition("/")
        names.setdefault(layer, []).append(name)
    try:
        contents = Later(lambda: matching(fixtures, read_manifest(fixtures)["files"], names))
        from ..corpus.fixture import reasons

        found = {path.stem: reasons(path, content, names[path.stem]) for path, content in contents.result().items()}
        if missing := names.keys() - found.keys():
            raise FixtureError(f"{fixtures} has no file of {min(missing)}, of which its manifest has cases [FX-11]")
        return [reason for layer in sorted(found, key=lambda n: (n != "identity", n)) for reason in found[layer]]
    except FixtureError as error:
        raise Impossible(str(error)) from None


def tagged(reasons: Sequence[Reason], tags: Collection[str]) -> list[Reason]:
    """Return those with one of the `tags`, or all if there are none; raise `Impossible` if a tag is unknown."""
    _require_known("tag", tags, {tag for reason in reasons for tag in reason.tags})
    return [reason for reason in reasons if not tags or set(tags) & set(reason.tags)]


def _require_known(kind: str, wanted: Collection[str], known: set[str]) -> None:
    for value in set(wanted) - known:
        raise Impossible(f"there is no {kind} {value}; there are: {', '.join(sorted(known))}")
