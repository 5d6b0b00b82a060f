"""The manifest of a directory of fixtures, and the files that match it.

Source: ``spec/fixtures.md``, FX-6, FX-10 and FX-11. Nothing here opens an HDF5 file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import SPEC_VERSION, files
from .files import FixtureError
from .location import FIXTURES
from .text import quote


@dataclass(frozen=True)
class Reason:
    """Why a case exists, and its tags."""

    id: str
    why: str
    tags: tuple[str, ...]


def read_manifest(directory: Path) -> dict[str, Any]:
    """Return the manifest of a directory of fixtures; raise `FixtureError` if there is none that can be used."""
    path = directory / "manifest.json"
    document: dict[str, Any] = files.document(path, "manifest")
    if document["spec_version"] != SPEC_VERSION:
        raise FixtureError(f"{path} is of spec {quote(document['spec_version'])}, this tool of {SPEC_VERSION}")
    if document["count"] != len(document["cases"]):
        raise FixtureError(f"{path} counts {document['count']} cases and lists {len(document['cases'])}")
    if document["reasons"].keys() != document["cases"].keys():
        raise FixtureError(f"{path} has reasons for other cases than it lists [FX-6]")
    return document


def why_partial(directory: Path) -> str:
    """Say why a directory of fixtures does not hold the whole corpus; empty if it does."""
    if directory == FIXTURES:
        return ""
    try:
        given, whole = read_manifest(directory), read_manifest(FIXTURES)
    except FixtureError as error:
        return f"{directory} cannot be compared with the corpus: {error}"
    same = whole["cases"].items() <= given["cases"].items() and whole["refusals"] == given["refusals"]
    return "" if same else f"{directory} does not hold the whole corpus"


def reasons(document: Mapping[str, Any]) -> list[Reason]:
    """Return why the cases of a manifest exist, identity first."""
    found = (Reason(name, told["why"], tuple(told["tags"])) for name, told in document["reasons"].items())
    return sorted(found, key=lambda reason: (not reason.id.startswith("identity/"), reason.id))


def matching(directory: Path, recorded: Mapping[str, str], kept: Collection[str]) -> dict[Path, bytes]:
    """Return the bytes of the files whose layer is in `kept`, once every file has its `recorded` hash [FX-10].

    One file after another is read, and what is not kept is forgotten at once.
    """
    found = {}
    for name in sorted(recorded):
        path = directory / name
        content = files.content(path, sha256=recorded[name])
        if path.stem in kept:
            found[path] = content
    return found
