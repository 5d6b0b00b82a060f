from __future__ import annotations

from pathlib import Path

import pytest

from gradspec_conformance.fixture import Case
from gradspec_conformance.run import load

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    return load()
