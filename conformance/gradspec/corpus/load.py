"""Read a directory of fixtures: every file is compared with the manifest before a case is used.

Source: ``spec/fixtures.md``, FX-10 and FX-11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from . import files, fixture
from .case import Case
from .files import FixtureError
from .location import FIXTURES


def load(directory: Path = FIXTURES, wanted: Collection[str] | None = None) -> list[Case]:
    """Return the cases of the fixtures in `directory`, identity first: those of the `wanted` ids, or all.

    Every file is compared with the manifest, whatever is wanted of it.

    Raises
    ------
    FixtureError
        A file is missing, cannot be read, or differs from the manifest.
    """
    manifest = fixture.read_manifest(directory)
    contents = {directory / name: files.content(directory / name) for name in sorted(manifest["files"])}
    for path, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest["files"][path.name]:
            raise FixtureError(f"{path} is not the file of the manifest; {files.RESTORE}")
    recorded = {i: digest for i, digest in manifest["cases"].items() if wanted is None or i in wanted}
    layers_wanted = {i.split("/")[0] for i in recorded}
    cases = [
        case
        for path, content in contents.items()
        if wanted is None or path.stem in layers_wanted
        for case in fixture.read(path, content=content, wanted=wanted)
    ]
    found = {case.id: case.digest for case in cases}
    differing = sorted({i for i in found.keys() | recorded.keys() if found.get(i) != recorded.get(i)})
    if differing:
        raise FixtureError(f"{directory} does not match its manifest at {len(differing)} cases, first {differing[0]}")
    return sorted(cases, key=lambda c: (c.layer != "identity", c.layer, c.id))
