"""Cut the base64 texts of large tensors out of a line before it is parsed, and put them in after it is written.

A JSON library would check and copy every letter of them; decoding checks them anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from ..corpus.tensors import LONG_TEXT, LongText, Message

MARK = "\0"  # before a number: no string of a line without backslashes has it
QUOTES = 4096  # in a line with more, nothing is cut


def cut(line: bytes) -> tuple[bytes, list[LongText]]:
    """Return a line with marks for its long strings, and these strings; the line itself where nothing is cut."""
    if len(line) < LONG_TEXT or b"\\" in line:
        return line, []
    parts, texts, kept = list[bytes](), list[LongText](), 0
    place = line.find(b'"')
    for _ in range(QUOTES):
        end = line.find(b'"', place + 1) if place >= 0 else -1
        if end < 0:
            break
        if end - place > LONG_TEXT:
            parts += [line[kept : place + 1], b"\\u0000%d" % len(texts)]
            texts.append(LongText(memoryview(line)[place + 1 : end]))
            kept = end
        place = line.find(b'"', end + 1)
    return (b"".join([*parts, line[kept:]]), texts) if texts else (line, [])


def put_back(tensors: Iterable[Message], texts: list[LongText]) -> bool:
    """Give tensors the texts whose marks are their data, in place; tell whether every text was the data of a tensor."""
    marks = {f"{MARK}{number}": text for number, text in enumerate(texts)}
    for tensor in tensors:
        data = tensor.get("data")
        if isinstance(data, str) and data in marks:
            tensor["data"] = marks.pop(data)
    return not marks


def spliced(message: Message, texts: list[LongText]) -> list[bytes | memoryview]:
    """Return the line of a message, in pieces, whose tensors have as data the marks of these texts."""
    rest: Any = orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)
    pieces: list[bytes | memoryview] = []
    for number, text in enumerate(texts):
        before, _, rest = rest.partition(b'"\\u0000%d"' % number)
        pieces += [before + b'"', text.letters]
        rest = b'"' + rest
    return [*pieces, rest]
