"""Texts that come from outside: cut to a length and escaped, once, where they arrive."""

from __future__ import annotations

LONGEST_QUOTE = 200  # characters
LONGEST_MESSAGE = 2_000  # characters of an error or a refusal
LONGEST_NAME = 200  # characters of what a candidate calls itself, its layers and their attributes
STDERR_LINES, LONGEST_STDERR_LINE = 10, 400


def told(text: str, limit: int = LONGEST_MESSAGE) -> str:
    """Return a text from outside as one line of at most `limit` of its characters, each printable or escaped."""
    shown = "".join(map(_escaped, text[:limit])) if not text[:limit].isprintable() else text[:limit]
    return shown if len(text) <= limit else f"{shown}... ({len(text)} characters)"


def last_lines(text: str) -> str:
    """Return the last lines of a text from outside, each of them as `told`."""
    return "\n".join(told(line, LONGEST_STDERR_LINE) for line in text.strip().splitlines()[-STDERR_LINES:])


def indented(text: str) -> str:
    """Return a text of several lines so that none begins at the margin; a text of one line stays where it is."""
    return text if "\n" not in text else "".join(f"\n    {line}" for line in text.split("\n"))


def shorten(line: bytes, limit: int = 120) -> str:
    """Return a line as text for people, cut to `limit` bytes."""
    text = line[:limit].decode("utf-8", "backslashreplace").rstrip("\n").replace("\n", "\\n")
    return text if len(line) <= limit else f"{text}... ({len(line)} bytes)"


def printable(text: str) -> str:
    """Return a text that a terminal may be given: what is neither printable nor the end of a line is escaped."""
    return text if text.isprintable() else "".join(c if c == "\n" else _escaped(c) for c in text)


def quote(text: str) -> str:
    """Return a text that a file gave, fit for one line of a message."""
    shown = text[:LONGEST_QUOTE].encode("unicode_escape").decode("ascii")
    return shown if len(text) <= LONGEST_QUOTE else f"{shown}..."


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
