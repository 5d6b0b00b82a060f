"""The command line with what nobody should give it: a report is never lost, and nothing grows without bound."""

import json
import os
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from gradspec.corpus.files import FixtureError
from gradspec.corpus.schema import validator
from gradspec.corpus.user_arrays import read_user_array
from harness import FEW, HARNESS, MEGABYTE, command, gradspec, measured

pytestmark = HARNESS

REMOVER = """
import os, subprocess, sys
with subprocess.Popen([sys.executable, *sys.argv[2:]], stdin=subprocess.PIPE) as candidate:
    for line in sys.stdin.buffer:
        if b'"evaluate"' in line and os.path.exists(sys.argv[1]):
            os.unlink(sys.argv[1])
        candidate.stdin.write(line)
        candidate.stdin.flush()
"""


def test_fixtures_that_vanish_meanwhile_cost_no_report(small: Path, tmp_path: Path) -> None:
    fixtures = tmp_path / "fixtures"
    fixtures.mkdir()
    for path in small.iterdir():
        os.link(path, fixtures / path.name)
    words = [sys.executable, "-c", REMOVER, str(fixtures / "affine.h5"), *command("garbage_gradients")[1:]]
    report, known = tmp_path / "report.json", tmp_path / "known"
    options = ["--fixtures", str(fixtures), "--json", str(report), "--write-expect", str(known)]
    done = gradspec("check", *options, *FEW, "--", *words)
    assert "Traceback" not in done.stderr
    assert "FAILED affine/float64/many_rows" in done.stdout
    assert "The failures are not explained: " in done.stdout
    assert "affine.h5 does not exist" in done.stdout
    document = json.loads(report.read_text())
    assert validator("report").is_valid(document)
    assert "affine.h5 does not exist" in document["unexplained"]
    assert not known.exists()
    assert done.returncode == 2
    assert "was not written, since the failures are not explained" in done.stderr


@pytest.mark.parametrize("columns", ["0", "40", "80", "-3", "x"])
def test_a_table_is_readable_at_any_width(small: Path, columns: str) -> None:
    environment = os.environ | {"COLUMNS": columns, "FORCE_COLOR": "1", "TERM": "xterm", "NO_COLOR": "1"}
    done = gradspec("check", "--fixtures", str(small), *FEW, "--", *command("none"), env=environment)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "affine" in line and "float64" in line]
    assert lines
    assert "6/6" in lines[0]
    assert "…" not in done.stdout


def test_datasets_may_not_declare_more_together_than_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        file["full"] = np.zeros(1 << 15)
        for n in range(100):
            file.create_dataset(f"empty{n}", (1 << 14,), "<f8", chunks=(1 << 14,))
    with pytest.raises(FixtureError, match="more than the file holds"):
        read_user_array(path)


@pytest.mark.parametrize("fault", ["long_names", "talks_at_length", "segfaults", "hangs_at_every_tenth"])
def test_no_hostile_candidate_costs_300_megabytes(small: Path, fault: str) -> None:
    call = [sys.executable, "-m", "gradspec", "check", "--fixtures", str(small), "--timeout", "1", "--keep-going"]
    code, memory = measured([*call, *FEW, "--", *command(fault, "always")])
    assert code == {"long_names": 0}.get(fault, 1)
    assert memory < 300 * MEGABYTE


@pytest.mark.parametrize("fault", ["forges_a_claim", "long_names", "dies_before_it_greets", "talks_at_length"])
def test_no_candidate_writes_a_line_of_the_report(small: Path, fault: str) -> None:
    done = gradspec("check", "--fixtures", str(small), *FEW, "--", *command(fault, "always"))
    lines = (done.stdout + done.stderr).splitlines()
    assert not [line for line in lines if line.startswith("conforms to")]
    assert max(map(len, lines)) < 2_500
    assert len(lines) < 150
