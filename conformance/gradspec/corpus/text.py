"""Texts that come from outside: cut to a length, escaped for a terminal."""

from __future__ import annotations

LONGEST_QUOTE = 200  # characters


def shorten(line: bytes, limit: int = 120) -> str:
    """Return a line as text for people, cut to `limit` bytes."""
    text = line[:limit].decode("utf-8", "backslashreplace").rstrip("\n")
    return text if len(line) <= limit else f"{text}... ({len(line)} bytes)"


def printable(text: str) -> str:
    """Return a text that a terminal may be given: what is neither printable nor the end of a line is escaped."""
    lines = ((c if c.isprintable() else c.encode("unicode_escape").decode() for c in line) for line in text.split("\n"))
    return text if text.isprintable() else "\n".join("".join(line) for line in lines)


def quote(text: str) -> str:
    """Return a text that a file gave, fit for one line of a message."""
    shown = text[:LONGEST_QUOTE].encode("unicode_escape").decode("ascii")
    return shown if len(text) <= LONGEST_QUOTE else f"{shown}..."
