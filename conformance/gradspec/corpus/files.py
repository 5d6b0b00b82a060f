"""Files that somebody else may have written: regular, of bounded size, JSON without two meanings.

Source: ``spec/fixtures.md``, FX-10 and FX-11.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .schemas import validator
from .text import quote

MEBIBYTE = 1 << 20
LARGEST_FILE = 256 * MEBIBYTE
LARGEST_DOCUMENT = 32 * MEBIBYTE
RESTORE = "restore the fixtures, or write them with `gradspec-reference generate` [FX-10]"


class FixtureError(Exception):
    """A fixture file or the manifest cannot be used; the message says which and why."""


def content(path: Path, largest: int = LARGEST_FILE, remedy: str = RESTORE) -> bytes:
    """Return the bytes of a regular file; raise `FixtureError` for anything else, without waiting for a pipe."""
    try:
        if not path.exists():
            raise FixtureError(f"{path} does not exist; {remedy}")
        if not path.is_file():
            raise FixtureError(f"{path} is no regular file; {remedy}")
        if path.stat().st_size > largest:
            raise FixtureError(f"{path} has more than the {largest // MEBIBYTE} MiB that are read [FX-10]")
        with path.open("rb") as stream:
            return stream.read(largest)
    except (OSError, ValueError) as error:
        raise FixtureError(f"{path} cannot be read: {error}") from None


def document(path: Path, schema: str, text: bytes | None = None) -> Any:
    """Return the JSON document of a file, or of the `text` read from it, that ``schemas/<schema>.schema.json`` admits.

    Raises
    ------
    FixtureError
        It is no JSON in UTF-8, gives a key twice, has NaN or Infinity for a number, or breaks the schema [FX-11].
    """
    try:
        text = content(path, LARGEST_DOCUMENT) if text is None else text
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        fault = next(validator(schema).iter_errors(found), None)
    except (ValueError, RecursionError) as error:
        raise FixtureError(f"{path} is no JSON that can be read [FX-11]: {quote(str(error))}") from None
    if fault is not None:
        where = "/".join(map(str, fault.instance_path)) or "the document"
        raise FixtureError(f"{path} is no {schema} [FX-11]: {quote(f'{where}: {fault.message}')}")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
