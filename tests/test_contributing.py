"""CONTRIBUTING.md quotes real files, and names commands that exist."""

import re

import pytest

from gradspec_reference.cli import main
from paths import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
QUOTED = re.findall(r"^### [^\n]*: `([^`]+)`\n(?:(?!###).)*?^```\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_six_files_are_quoted() -> None:
    assert len(QUOTED) == 6
    assert len({path for path, _ in QUOTED}) == 6


@pytest.mark.parametrize(("path", "lines"), QUOTED, ids=[path for path, _ in QUOTED])
def test_what_is_quoted_is_in_the_file_in_this_order(path: str, lines: str) -> None:
    text = (ROOT / path).read_text()
    at = 0
    for part in re.split(r"^\.\.\.\n", lines, flags=re.MULTILINE):
        assert part.strip()
        found = text.find(part, at)
        assert found >= 0, part
        at = found + len(part)


def test_the_commands_and_paths_exist() -> None:
    assert set(re.findall(r"`?gradspec-reference (\w+)", TEXT)) <= set(main.commands)
    for path in re.findall(r"(?<![\w/<-])(?:tests|spec|reference|conformance)/[\w/.]+\.(?:py|md|json)", TEXT):
        assert (ROOT / path).is_file(), path


def test_lines_are_short() -> None:
    prose = re.sub(r"^```.*?^```$|^\|[^\n]*$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert max(map(len, prose.splitlines())) <= 120
