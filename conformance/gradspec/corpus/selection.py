"""Select cases by layer, dtype, id and tag: every filter that is given must accept a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from . import interrupts
from .files import FixtureError
from .later import Later
from .location import FIXTURES
from .manifest import matching, read_manifest

if TYPE_CHECKING:  # what needs h5py is imported where a case is read
    from .case import Case
    from .fixture import Reason


class SelectionError(ValueError):
    """A filter names what the fixtures do not have; the message says what they have."""


@dataclass(frozen=True)
class Selection:
    """Filters, each a list of alternatives, empty for all: layers, dtypes, globs of ids, tags."""

    layers: Sequence[str] = ()
    dtypes: Sequence[str] = ()
    globs: Sequence[str] = ()
    tags: Sequence[str] = ()

    def cases(self, directory: Path = FIXTURES) -> list[Case]:
        """Return the cases of a directory of fixtures that the filters accept, identity first; perhaps none.

        Raises
        ------
        SelectionError
            The fixtures have no such layer, dtype or tag.
        FixtureError
            They cannot be used.
        """
        from .load import load

        chosen, whole = self.ids(directory)
        if self.tags:
            chosen = [reason.id for reason in self.reasons(directory)]
        return load(directory, None if whole and not self.tags else set(chosen))

    def ids(self, directory: Path = FIXTURES) -> tuple[list[str], bool]:
        """Return the ids that the filters accept, tags aside, and whether these are all; raise as `cases` does."""
        ids = list(read_manifest(directory)["cases"])
        _require_known("layer", self.layers, {i.split("/")[0] for i in ids})
        _require_known("dtype", self.dtypes, {i.split("/")[1] for i in ids})
        chosen = [i for i in ids if self.accepts(i.split("/")[0], i.split("/")[1], i)]
        return chosen, len(chosen) == len(ids)

    def reasons(self, directory: Path = FIXTURES) -> list[Reason]:
        """Return why the cases that the filters accept exist, identity first; raise as `cases` does.

        Nothing else of them is read, once all files match [FX-10]. The files are compared while h5py is imported.
        """
        chosen, _ = self.ids(directory)
        names: dict[str, list[str]] = {}
        for case_id in sorted(chosen):
            layer, _, name = case_id.partition("/")
            names.setdefault(layer, []).append(name)
        contents = Later(lambda: matching(directory, read_manifest(directory)["files"], names))
        from .fixture import reasons

        with interrupts.deferred():
            found = {path.stem: list(reasons(path, c, names[path.stem])) for path, c in contents.result().items()}
        if missing := names.keys() - found.keys():
            raise FixtureError(f"{directory} has no file of {min(missing)}, of which its manifest has cases [FX-11]")
        all_reasons = [r for layer in sorted(found, key=lambda n: (n != "identity", n)) for r in found[layer]]
        _require_known("tag", self.tags, {tag for reason in all_reasons for tag in reason.tags})
        return [r for r in all_reasons if not self.tags or set(self.tags) & set(r.tags)]

    def accepts(self, layer: str, dtype: str, name: str) -> bool:
        """Tell whether the filters accept a case, or a request that must be refused, by its id; tags aside."""
        return (
            (not self.layers or layer in self.layers)
            and (not self.dtypes or dtype in self.dtypes)
            and (not self.globs or any(fnmatch(name, glob) for glob in self.globs))
        )


def _require_known(kind: str, wanted: Iterable[str], known: set[str]) -> None:
    for value in wanted:
        if value not in known:
            raise SelectionError(f"there is no {kind} {value}; there are: {', '.join(sorted(known))}")
