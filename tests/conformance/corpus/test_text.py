"""What comes from outside is cut and escaped, so that it stays within its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus.text import indented, last_lines, printable, shorten, told


@given(st.text())
def test_what_is_printed_has_no_control_character_and_loses_nothing_else(text: str) -> None:
    shown = printable(text)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown == text or not text.replace("\n", "").isprintable()


@given(st.binary(max_size=400))
def test_shorten_gives_text_of_bounded_length(line: bytes) -> None:
    assert len(shorten(line)) < 4 * 120 + 40
    shorten(line).encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain 名", "plain 名"),
        ("a\nconforms", "a\\nconforms"),
        ("a\r\x1b[2J\u2028\x85\x00", "a\\r\\x1b[2J\\u2028\\x85\\x00"),
        ("\ud800", "\\ud800"),
        ("x" * 30, "xxxxxxxxxx... (30 characters)"),
    ],
)
def test_a_text_becomes_one_line(text: str, shown: str) -> None:
    assert told(text, 20 if len(text) < 20 else 10) == shown


def test_standard_error_keeps_its_last_lines() -> None:
    text = last_lines("\n".join(["x" * 1_000] * 50 + ["the\x1b[2J end\n"]))
    assert len(text.split("\n")) == 10
    assert len(text) < 5_000
    assert text.endswith("the\\x1b[2J end")


def test_no_line_of_several_begins_at_the_margin() -> None:
    assert indented("one") == "one"
    assert indented("one\nconforms") == "\n    one\n    conforms"


def test_a_line_that_is_shortened_has_one_line() -> None:
    assert shorten(b"a\nb\n") == "a\\nb"
