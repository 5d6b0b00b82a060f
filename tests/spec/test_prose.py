"""The words of every page: lines of at most 120 characters, and none of the words that the project decided against.

Tables, code and display formulas may be longer. Inline code and the targets of links are not words.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from paths import ROOT

WIDTH = 120
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name / "README.md" for name in ("conformance", "fixtures")),
    *sorted(ROOT.glob("spec/**/*.md")),
]
INSTEAD = {
    r"admi(t|ts|tted|tting)": "allow, allowed algorithm",
    r"calculus": "the other layers",
    r"come to": "is",
    r"drown(s|ed)?": "is within the rounding",
    r"extents?": "size",
    r"honest(ly)?": "correctly rounded",
    r"labels? of (a )?clauses?": "clause ID",
    r"plumbing": "transport",
    r"presentations?": "variant",
    r"sp(eak|eaks|oke) against": "contradict",
    r"stands?(?! for)": "is",
    r"tied|a tie|ties(?! to even)": "aliased inputs",
}
BANNED = {re.compile(rf"\b(?:{words})\b", re.IGNORECASE): better for words, better in INSTEAD.items()}


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Return the lines of a page with their numbers, without the fenced code and the display formulas."""
    fence = display = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            fence = not fence
        elif not fence:
            opens = line.count("$$") % 2 == 1
            if not (display or line.startswith(("$$", "    "))):
                yield number, line
            display = display != opens


def too_long(text: str) -> list[tuple[int, str]]:
    return [(n, f"{len(x)} characters") for n, x in prose(text) if len(x) > WIDTH and not x.startswith("|")]


def banned(text: str) -> list[tuple[int, str]]:
    found = []
    for number, line in prose(text):
        words = re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)
        for pattern, better in BANNED.items():
            found += [(number, f'"{match[0]}", write "{better}"') for match in pattern.finditer(words)]
    return found


def at(page: Path, found: list[tuple[int, str]]) -> str:
    return "\n".join(f"{page.relative_to(ROOT)}:{number}: {what}" for number, what in found)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_line_is_too_long(page: Path) -> None:
    found = too_long(page.read_text())
    assert not found, at(page, found)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_banned_word(page: Path) -> None:
    found = banned(page.read_text())
    assert not found, at(page, found)


LONG = "x" * (WIDTH + 1)


def test_a_long_line_is_found_where_it_is() -> None:
    assert too_long(f"a\n{LONG}\n") == [(2, "121 characters")]
    assert too_long(f"$$\n{LONG}\n$$\n```\n{LONG}\n```\n{LONG}\n") == [(7, "121 characters")]


@pytest.mark.parametrize("text", [f"| {LONG} |", f"$${LONG}$$", f"```\n{LONG}\n```", f"    {LONG}", f"$$a\n{LONG}\n$$"])
def test_tables_code_and_formulas_may_be_long(text: str) -> None:
    assert too_long(text) == []


@pytest.mark.parametrize(
    "line", ["An Extent of 0", "| no ties |", "It stands alone", "Known; drowns in it", "is admitted"]
)
def test_a_banned_word_is_found_where_it_is(line: str) -> None:
    assert [number for number, _ in banned(f"fine\n{line}\n")] == [2]


@pytest.mark.parametrize(
    "line", ["`x/*/distinct_extents`", "ties to even", "it stands for x", "[a](extents.md)", "abolishes"]
)
def test_code_links_and_other_meanings_are_no_banned_words(line: str) -> None:
    assert banned(line) == []
