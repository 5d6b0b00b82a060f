"""The generated tables of the docs: up to date, and found stale where they are not."""

import re
import shutil
from pathlib import Path

import click
import pytest

from gradspec.cli import main as gradspec
from gradspec_reference.cli import main as reference
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.tables import TABLES, Table, TableError, rates, stale, write
from gradspec_reference.tables.marked import between, replaced
from paths import ROOT

PAGE = "Before.\n\n<!-- rows -->\n| 1 |\n<!-- /rows -->\n\nAfter.\n"
CHEAP = [table for table in TABLES if table.marker != "rates"]


def title(table: Table) -> str:
    return f"{table.page}-{table.marker}"


def spoil(root: Path, table: Table) -> None:
    page = root / table.page
    text = page.read_text()
    page.write_text(replaced(text, table.marker, between(text, table.marker, table.page) + "!", table.page))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The pages that hold tables, in a directory that may be spoilt."""
    for page in {table.page for table in TABLES}:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / page, tmp_path / page)
    return tmp_path


def test_every_table_is_up_to_date() -> None:
    assert [title(table) for table in stale(ROOT)] == [], "`gradspec-reference tables` writes them"


def test_every_marker_of_a_page_is_a_table_of_it() -> None:
    marked = {
        (path.relative_to(ROOT).as_posix(), marker)
        for path in [*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/**/*.md")]
        if "node_modules" not in path.parts and path.is_relative_to(ROOT) and "shared" not in path.parts
        for marker in re.findall(r"^<!-- /(\w+) -->$", path.read_text(), re.MULTILINE)
    }
    assert marked == {(table.page, table.marker) for table in TABLES}


@pytest.mark.parametrize("table", TABLES, ids=title)
def test_a_table_that_was_changed_is_stale(table: Table, root: Path) -> None:
    spoil(root, table)
    text = (root / table.page).read_text()
    assert not table.is_fresh(between(text, table.marker, table.page))


def test_writing_mends_the_tables_and_nothing_else(root: Path) -> None:
    for table in CHEAP:
        spoil(root, table)
    assert stale(root) == CHEAP
    write(root, CHEAP)
    for page in {table.page for table in TABLES}:
        assert (root / page).read_text() == (ROOT / page).read_text(), page
        assert not list((root / page).parent.glob(".*")), page


# Markers.


def test_a_part_between_two_comments_is_read_and_replaced() -> None:
    assert between(PAGE, "rows", "page.md") == "| 1 |"
    assert replaced(PAGE, "rows", "| 2 |\n| 3 |", "page.md") == PAGE.replace("| 1 |", "| 2 |\n| 3 |")
    assert between("<!-- rows -->\n<!-- /rows -->\n", "rows", "page.md") == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "page.md must have the comment <!-- rows --> once, got 0"),
        (PAGE.replace("<!-- rows -->\n", ""), "must have the comment <!-- rows --> once, got 0"),
        (PAGE.replace("<!-- /rows -->\n", ""), "must have the comment <!-- /rows --> once, got 0"),
        (PAGE + PAGE, "must have the comment <!-- rows --> once, got 2"),
        (PAGE + "<!-- /rows -->\n", "must have the comment <!-- /rows --> once, got 2"),
        ("<!-- /rows -->\n<!-- rows -->\n", "the comment <!-- rows --> must come before <!-- /rows -->"),
        (PAGE.replace("-->\n| 1", "--> | 1"), "the comment <!-- rows --> must have a line of its own"),
        (PAGE.replace("|\n<!-- /", "| <!-- /"), "the comment <!-- /rows --> must have a line of its own"),
    ],
)
def test_markers_that_are_missing_doubled_or_misplaced_are_an_error(text: str, words: str) -> None:
    for use in (lambda: between(text, "rows", "page.md"), lambda: replaced(text, "rows", "| 2 |", "page.md")):
        with pytest.raises(TableError, match=re.escape(words)):
            use()


# What the tables say.


def test_the_links_of_the_tables_of_layers_lead_to_pages() -> None:
    for table in (table for table in TABLES if table.marker == "layers"):
        links = re.findall(r"\]\((.*?)\)", table.text())
        assert {Path(link).stem for link in links} == set(MISTAKES)
        assert all(((ROOT / table.page).parent / link).is_file() for link in links)


@pytest.mark.parametrize("tool", [gradspec, reference], ids=["gradspec", "gradspec-reference"])
def test_the_page_of_commands_has_every_command_and_every_option(tool: click.Group) -> None:
    page = (ROOT / "conformance" / "COMMANDS.md").read_text()
    sections = {part.partition("\n")[0]: part for part in page.split("\n## ")[1:]}
    name = "gradspec" if tool is gradspec else "gradspec-reference"
    for word, command in tool.commands.items():
        told = sections[f"{name} {word}"]
        assert f"Usage: {name} {word} " in told
        options = [option for p in command.params if isinstance(p, click.Option) for option in p.opts]
        assert [option for option in options if option not in told] == []
    assert max(map(len, page.splitlines())) <= 100
    assert "\x1b" not in page


def test_the_rates_are_stale_if_a_module_or_the_fixtures_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(rates.HERE, tmp_path / "here")
    shutil.copy(rates.FIXTURES / "manifest.json", tmp_path)
    monkeypatch.setattr(rates, "HERE", tmp_path / "here")
    monkeypatch.setattr(rates, "FIXTURES", tmp_path)
    standing = between((ROOT / "conformance" / "README.md").read_text(), "rates", "conformance/README.md")
    assert rates.fresh(standing)
    for changed in (tmp_path / "here" / "layers" / "relu.py", tmp_path / "manifest.json"):
        before = changed.read_text()
        changed.write_text(before + "\n")
        assert not rates.fresh(standing), changed
        changed.write_text(before)
    assert rates.fresh(standing)


def test_gradspec_finds_every_mistake_that_shows_in_float64() -> None:
    standing = between((ROOT / "conformance" / "README.md").read_text(), "rates", "conformance/README.md")
    number = sum("float64" in mistake.dtypes for own in MISTAKES.values() for mistake in own)
    assert f"| gradspec | {number} of {number} | 100.0 % |" in standing.splitlines()
    assert len(standing.splitlines()) == 3 + len(rates.TITLES)
