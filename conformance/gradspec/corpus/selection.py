"""Which cases are meant: by layer, dtype, id and tag. Every filter that is given must admit a case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from .case import Case
from .fixture import read_manifest
from .load import load
from .location import FIXTURES


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
        """Return the cases of a directory of fixtures that the filters admit, identity first; perhaps none.

        Raises
        ------
        SelectionError
            The fixtures have no such layer, dtype or tag.
        FixtureError
            They cannot be used.
        """
        ids = list(read_manifest(directory)["cases"])
        _require_known("layer", self.layers, {i.split("/")[0] for i in ids})
        _require_known("dtype", self.dtypes, {i.split("/")[1] for i in ids})
        chosen = {i for i in ids if self.admits(i.split("/")[0], i.split("/")[1], i)}
        cases = load(directory, None if self.tags or len(chosen) == len(ids) else chosen)
        _require_known("tag", self.tags, {tag for case in cases for tag in case.tags})
        return [c for c in cases if c.id in chosen and (not self.tags or set(self.tags) & set(c.tags))]

    def admits(self, layer: str, dtype: str, name: str) -> bool:
        """Tell whether the filters admit a case, or a request that must be refused, by its id; tags aside."""
        return (
            (not self.layers or layer in self.layers)
            and (not self.dtypes or dtype in self.dtypes)
            and (not self.globs or any(fnmatch(name, glob) for glob in self.globs))
        )


def _require_known(kind: str, wanted: Iterable[str], known: set[str]) -> None:
    for value in wanted:
        if value not in known:
            raise SelectionError(f"there is no {kind} {value}; there are: {', '.join(sorted(known))}")
