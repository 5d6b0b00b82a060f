"""The adapters through the real interface; what needs a missing tool is skipped, and says so."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from paths import ROOT

ADAPTERS = ROOT / "conformance" / "adapters"


def check(tmp_path: Path, *command: str) -> tuple[int, dict[str, Any], str]:
    report = tmp_path / "report.json"
    gradspec = [sys.executable, "-m", "gradspec", "check", "--limit", "1000", "--json", str(report)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([*gradspec, "--", *command], capture_output=True, text=True, timeout=240, env=environment)
    assert report.exists(), done.stderr
    return done.returncode, json.loads(report.read_text()), done.stdout


def failing(report: dict[str, Any]) -> set[str]:
    return {r["case"] for r in report["results"] if r["verdict"] != "passed"}


def test_the_first_source_fails_exactly_where_it_is_wrong(tmp_path: Path, cases: list[Case]) -> None:
    code, report, text = check(tmp_path, sys.executable, str(ADAPTERS / "numpy" / "candidate.py"))
    asked = {r["case"] for r in report["results"]}
    its_errors = {c.id for c in cases if {"kink", "extreme"} & set(c.tags)}
    assert code == 1
    assert failing(report) == its_errors & asked
    for case_id in failing(report):
        assert case_id in text
    assert "The derivative at +0.0 is 0; a gate `>=` gives 1." in text
    assert "exp(800) overflows: the shift is not optional." in text


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
def test_torch_passes_everything(tmp_path: Path, cases: list[Case]) -> None:
    code, report, _ = check(tmp_path, sys.executable, str(ADAPTERS / "torch" / "candidate.py"))
    assert failing(report) == set()
    assert (code, report["summary"]["passed"]) == (0, len(cases))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_javascript_passes_all_that_it_declares(tmp_path: Path) -> None:
    code, report, _ = check(tmp_path, "node", str(ADAPTERS / "javascript" / "candidate.mjs"))
    assert failing(report) == set()
    assert code == 0
    assert report["summary"]["passed"] == report["summary"]["run"] > 200
    assert all("layer" in reason for reason in report["skipped"])


def hdf5_flags() -> list[str] | None:
    if shutil.which("cc") is None or shutil.which("pkg-config") is None:
        return None
    found = subprocess.run(["pkg-config", "--cflags", "--libs", "hdf5"], capture_output=True, text=True)
    return found.stdout.split() if found.returncode == 0 else None


@pytest.mark.skipif(hdf5_flags() is None, reason="a C compiler, pkg-config or libhdf5 is not installed")
class TestReaderInC:
    SOURCE = FIXTURES / "readers" / "c" / "check_affine.c"

    def build(self, tmp_path: Path, text: str) -> Path:
        source, program = tmp_path / "check_affine.c", tmp_path / "check_affine"
        source.write_text(text)
        flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(["cc", *flags, "-o", str(program), str(source), *(hdf5_flags() or [])], check=True, timeout=120)
        return program

    def test_it_passes_every_affine_case(self, tmp_path: Path, cases: list[Case]) -> None:
        program = self.build(tmp_path, self.SOURCE.read_text())
        done = subprocess.run([program, FIXTURES / "affine.h5"], capture_output=True, text=True, timeout=60)
        count = sum(c.layer == "affine" for c in cases)
        assert (done.returncode, done.stdout) == (0, f"affine: {count} of {count} cases passed\n")

    def test_it_refuses_a_file_that_is_none(self, tmp_path: Path) -> None:
        program = self.build(tmp_path, self.SOURCE.read_text())
        done = subprocess.run([program, self.SOURCE], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
