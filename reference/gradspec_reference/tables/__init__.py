"""The generated tables of the docs: where each is, and what makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradspec.corpus import files
from gradspec.corpus.load import load

from .. import widths
from . import catalogue, commands, rates
from .marked import TableError, between, replaced

__all__ = ["TABLES", "Table", "TableError", "stale", "write"]


@dataclass(frozen=True)
class Table:
    """What `page` has between the two comments of `marker`.

    `text` makes it anew. `fresh` returns whether what the page has is up to date; without `fresh`, it is compared with
    what `text` makes.
    """

    page: str
    marker: str
    text: Callable[[], str]
    fresh: Callable[[str], bool] | None = None

    def is_fresh(self, found: str) -> bool:
        """Return whether the text that the page has is up to date."""
        return found == self.text() if self.fresh is None else self.fresh(found)


TABLES = (
    Table("conformance/README.md", "counts", catalogue.counts),
    Table("conformance/README.md", "rates", rates.text, rates.fresh),
    Table("spec/README.md", "layers", lambda: catalogue.layers("layers")),
    Table("spec/accuracy.md", "widths", lambda: widths.table(load())),
    Table("conformance/COMMANDS.md", "commands", commands.text),
)


def stale(root: Path) -> list[Table]:
    """Return the tables of the checkout `root` that are not up to date; raise `TableError` for a page without them."""
    return [table for table in TABLES if not table.is_fresh(between(_page(root, table), table.marker, table.page))]


def write(root: Path, tables: Sequence[Table]) -> None:
    """Write `tables` into the pages of the checkout `root`."""
    for table in tables:
        page = replaced(_page(root, table), table.marker, table.text(), table.page)
        files.write(root / table.page, page.encode())


def _page(root: Path, table: Table) -> str:
    try:
        return (root / table.page).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise TableError(f"{root / table.page} cannot be read: {error}; --root names a checkout of gradspec") from None
