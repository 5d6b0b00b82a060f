"""Read a directory of fixtures: every file is compared with the manifest before a case is used.

Source: ``spec/fixtures.md``, FX-10 and FX-11.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from . import fixture, interrupts
from .case import Case
from .files import FixtureError
from .location import FIXTURES
from .manifest import matching, read_manifest


def load(directory: Path = FIXTURES, wanted: Collection[str] | None = None) -> list[Case]:
    """Return the cases of the fixtures in `directory`, identity first: those of the `wanted` ids, or all.

    Every file is compared with the manifest, whatever is wanted of it.

    Raises
    ------
    FixtureError
        A file is missing, cannot be read, or differs from the manifest.
    """
    manifest = read_manifest(directory)
    recorded = {i: digest for i, digest in manifest["cases"].items() if wanted is None or i in wanted}
    stems = {Path(name).stem for name in manifest["files"]} if wanted is None else {i.split("/")[0] for i in recorded}
    cases: list[Case] = []
    for path, content in matching(directory, manifest["files"], stems).items():
        with interrupts.deferred():  # h5py loses an exception that is raised in its callbacks
            cases += fixture.read(path, content=content, wanted=wanted)
    found = {case.id: case.digest for case in cases}
    differing = sorted({i for i in found.keys() | recorded.keys() if found.get(i) != recorded.get(i)})
    if differing:
        raise FixtureError(f"{directory} does not match its manifest at {len(differing)} cases, first {differing[0]}")
    told = {case.id: {"why": case.why, "tags": list(case.tags)} for case in cases}
    if wrong := sorted(i for i in told if told[i] != manifest["reasons"][i]):
        raise FixtureError(
            f"{directory} gives other reasons than its manifest for {len(wrong)} cases, first {wrong[0]}"
        )
    return sorted(cases, key=lambda c: (c.layer != "identity", c.layer, c.id))
