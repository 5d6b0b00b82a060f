"""What comes from outside is cut and escaped, so that it stays within its place."""

import pytest

from gradspec.corpus.text import indented, last_lines, shorten, told


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
