from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import what_users_read
from gradspec.corpus import fixture
from gradspec.corpus.case import Case
from gradspec.corpus.load import load
from gradspec.corpus.location import FIXTURES
from harness import CULPRIT, MARK, NAMES, marked
from right_candidate import STATE

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:  # as in the background of a shell; children would inherit it
        signal.signal(number, signal.SIG_DFL)

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # a busy machine is no fault of a property


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    return load()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, cases: list[Case]) -> Path:
    """Four cases of relu and its refusals, with their manifest."""
    directory = tmp_path_factory.mktemp("tiny")
    kept = [c for c in cases if c.layer == "relu" and c.name in ("distinct_extents", "no_elements")]
    fixture.write(directory / "relu.h5", "relu", kept)
    asked = [r for r in json.loads((FIXTURES / "refusals.json").read_text()) if r["layer"] == "relu"]
    (directory / "refusals.json").write_text(json.dumps(asked))
    manifest = fixture.manifest([directory / "relu.h5"], kept, directory / "refusals.json")
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return directory


@pytest.fixture
def copied(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copied"))


@pytest.fixture
def few(cases: list[Case]) -> list[Case]:
    """Some cases of what the bad candidates declare, of which one is the culprit."""
    found = [c for c in cases if c.id in NAMES]
    assert [c.id for c in found if c.inputs["x"].shape == (67, 3)] == [CULPRIT]
    return found


@pytest.fixture
def identity(cases: list[Case]) -> list[Case]:
    return [c for c in cases if c.id == NAMES[0]]


@pytest.fixture
def nothing_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Let a test fail that leaves a process, a thread or a file descriptor behind."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv(STATE, str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    before, threads = sorted(os.listdir("/proc/self/fd")), threading.active_count()
    yield mark
    deadline = time.monotonic() + 2
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = marked(mark)
    for line in left:
        os.kill(int(line.split(":")[0]), signal.SIGKILL)
    assert left == []
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert threading.active_count() == threads


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of the fixtures of what the bad candidates have."""
    return what_users_read.small(tmp_path_factory.mktemp("small"))
