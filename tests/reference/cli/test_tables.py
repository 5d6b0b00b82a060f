"""``gradspec-reference tables``, as a person calls it."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gradspec_reference.cli import main
from gradspec_reference.tables import TABLES
from paths import ROOT


def tables(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["tables", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The pages that hold tables, in a directory that may be spoilt."""
    for page in {table.page for table in TABLES}:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / page, tmp_path / page)
    return tmp_path


def test_nothing_is_stale(root: Path) -> None:
    result = tables("--check", "--root", root)
    assert (result.exit_code, result.output) == (0, f"{len(TABLES)} tables, 0 stale\n")


def test_a_stale_table_is_named_and_written(root: Path) -> None:
    page = root / "spec" / "accuracy.md"
    right = page.read_text()
    page.write_text(right.replace("| `bias` | y | 0.6 |", "| `bias` | y | 0.7 |"))
    assert page.read_text() != right
    checked = tables("--check", "--root", root)
    assert checked.exit_code == 1
    assert checked.output.splitlines()[:2] == ["spec/accuracy.md: widths is stale", f"{len(TABLES)} tables, 1 stale"]
    assert page.read_text() != right
    written = tables("--root", root)
    assert (written.exit_code, written.output.splitlines()[0]) == (0, "spec/accuracy.md: widths written")
    assert page.read_text() == right


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_a_page_without_its_markers_is_an_error_and_nothing_is_written(root: Path, check: list[str]) -> None:
    for page, old, new in (
        ("spec/README.md", "<!-- layers -->\n", ""),
        ("conformance/README.md", "known mistakes with", "mistakes with"),
    ):
        text = (root / page).read_text()
        assert old in text
        (root / page).write_text(text.replace(old, new))
    before = (root / "conformance/README.md").read_text()
    result = tables(*check, "--root", root)
    assert result.exit_code == 2
    assert "spec/README.md must have the comment <!-- layers --> once, got 0" in " ".join(result.output.split())
    assert (root / "conformance/README.md").read_text() == before


def test_a_directory_without_the_pages_is_an_error(tmp_path: Path) -> None:
    result = tables("--root", tmp_path)
    assert result.exit_code == 2
    assert "README.md cannot be read" in " ".join(result.output.split())
    assert "--root names a checkout of gradspec" in " ".join(result.output.split())
