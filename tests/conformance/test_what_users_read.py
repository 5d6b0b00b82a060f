"""The table of conformance/README.md is what a user reads; `what_users_read.py` rewrites it."""

from pathlib import Path

import pytest

from harness import HARNESS
from what_users_read import ROWS, Row, read, table, written

pytestmark = HARNESS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_is_what_is_read(row: Row, small: Path, tmp_path: Path) -> None:
    assert written(row, *read(row, small, tmp_path)) in table()


def test_the_table_has_these_rows_and_no_others() -> None:
    assert [line.split(" | ")[0] for line in table().splitlines()] == [f"| {row.what}" for row in ROWS]
