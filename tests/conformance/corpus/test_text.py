"""Texts from outside are cut to a length and escaped."""

from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus.text import printable, shorten


@given(st.text())
def test_what_is_printed_has_no_control_character_and_loses_nothing_else(text: str) -> None:
    shown = printable(text)
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown == text or not text.replace("\n", "").isprintable()


@given(st.binary(max_size=400))
def test_shorten_gives_text_of_bounded_length(line: bytes) -> None:
    assert len(shorten(line)) < 4 * 120 + 40
    shorten(line).encode()
