from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gradspec_conformance import fixture
from gradspec_conformance.corpus import FIXTURES
from gradspec_conformance.fixture import Case
from gradspec_conformance.run import load

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    return load()


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, cases: list[Case]) -> Path:
    """Four cases of relu and its refusals, with their manifest."""
    directory = tmp_path_factory.mktemp("small")
    kept = [c for c in cases if c.layer == "relu" and c.name in ("distinct_extents", "no_elements")]
    fixture.write(directory / "relu.h5", "relu", kept)
    asked = [r for r in json.loads((FIXTURES / "refusals.json").read_text()) if r["layer"] == "relu"]
    (directory / "refusals.json").write_text(json.dumps(asked))
    manifest = fixture.manifest([directory / "relu.h5"], kept, directory / "refusals.json")
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return directory


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "copied"))
