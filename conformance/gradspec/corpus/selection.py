"""Select cases by layer, dtype, id and tag: every filter that is given must accept a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .location import FIXTURES
from .manifest import Reason, read_manifest, reasons

if TYPE_CHECKING:  # what needs h5py is imported where a case is read
    from .case import Case


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

        return load(directory, {reason.id for reason in self.reasons(directory)} if self._filters else None)

    def ids(self, directory: Path = FIXTURES) -> list[str]:
        """Return the ids that the filters accept, tags aside; raise as `cases` does."""
        return self._ids(read_manifest(directory))

    @property
    def _filters(self) -> bool:
        return bool(self.layers or self.dtypes or self.globs or self.tags)

    def _ids(self, manifest: Mapping[str, Any]) -> list[str]:
        ids = list(manifest["cases"])
        _require_known("layer", self.layers, {i.split("/")[0] for i in ids})
        _require_known("dtype", self.dtypes, {i.split("/")[1] for i in ids})
        return [i for i in ids if self.accepts(i.split("/")[0], i.split("/")[1], i)]

    def reasons(self, directory: Path = FIXTURES) -> list[Reason]:
        """Return why the cases that the filters accept exist, identity first; raise as `cases` does.

        The manifest tells; no other file is read.
        """
        manifest = read_manifest(directory)
        chosen = set(self._ids(manifest))
        found = [reason for reason in reasons(manifest) if reason.id in chosen]
        _require_known("tag", self.tags, {tag for reason in found for tag in reason.tags})
        return [r for r in found if not self.tags or set(self.tags) & set(r.tags)]

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
