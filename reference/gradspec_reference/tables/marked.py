"""A part of a Markdown page between two comments: read it, or put another in its place."""

from __future__ import annotations


class TableError(ValueError):
    """A page does not have the comments of a marker once and in order; the message says which, and what to do."""


def between(text: str, marker: str, page: str) -> str:
    """Return the lines of `text` between ``<!-- marker -->`` and ``<!-- /marker -->``, without the last line feed.

    Raises
    ------
    TableError
        One of the comments is missing, comes twice, comes out of order, or shares its line with something else.
    """
    start, end = _span(text, marker, page)
    return text[start:end].removesuffix("\n")


def replaced(text: str, marker: str, content: str, page: str) -> str:
    """Return `text` with `content` between the comments of `marker`; raise `TableError` as `between` does."""
    start, end = _span(text, marker, page)
    return f"{text[:start]}{content}\n{text[end:]}"


def _span(text: str, marker: str, page: str) -> tuple[int, int]:
    """Return where the lines between the comments begin and end."""
    opening, closing = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    for comment in (opening, closing):
        if text.count(comment) != 1:
            raise TableError(
                f"{page} must have the comment {comment} once, got {text.count(comment)}; "
                f"the table {marker} is between {opening} and {closing}"
            )
        if comment not in text.split("\n"):
            raise TableError(f"{page}: the comment {comment} must have a line of its own")
    start, end = text.index(opening) + len(opening) + 1, text.index(closing)
    if end < start:
        raise TableError(f"{page}: the comment {opening} must come before {closing}")
    return start, end
