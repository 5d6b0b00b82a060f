"""What is built from the checkout works where the checkout is not: installed, and run from an empty directory."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradspec.cli import main
from paths import ROOT

pytestmark = pytest.mark.skipif(
    not all(map(find_spec, ("build", "hatchling", "pip"))), reason="build, hatchling or pip is not installed"
)
MINE = """
import numpy as np
from gradspec.candidate import identity, serve

def relu(inputs, cotangents, attributes):
    x = inputs["x"]
    return {"y": np.maximum(x, 0)}, cotangents and {"x": np.where(x > 0, cotangents["y"], 0)}

serve({"identity": identity, "relu": relu}, name="mine", version="1.0")
"""


def done(command: list[str], directory: Path) -> str:
    """Run a command that must succeed, without the checkout on its path, and return what it printed."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=200)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with the sdist and with the wheel that was built from it."""
    directory = tmp_path_factory.mktemp("dist")
    done([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory), str(ROOT)], directory)
    return directory


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the commands of a fresh environment that has the wheel, and the dependencies of this one."""
    directory = tmp_path_factory.mktemp("installed")
    done([sys.executable, "-m", "venv", "--without-pip", "venv"], directory)
    (packages,) = (directory / "venv").glob("lib/*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(p for p in sys.path if p.endswith("-packages")))
    (wheel,) = built.glob("*.whl")
    python = directory / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    done([*pip, str(wheel)], directory)
    return python.parent


def test_installed_it_checks_from_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    where = "import gradspec, gradspec_reference; print(gradspec.__file__, gradspec_reference.__file__)"
    assert done([str(installed / "python"), "-c", where], tmp_path).count(str(installed.parent)) == 2
    (tmp_path / "mine.py").write_text(MINE)
    checked = done([str(installed / "gradspec"), "check", "--", str(installed / "python"), "mine.py"], tmp_path)
    assert "identity, relu (float64, float32)" in checked


def test_installed_it_has_every_case_and_the_bundled_reference(installed: Path, tmp_path: Path) -> None:
    assert done([str(installed / "gradspec"), "list"], tmp_path) == CliRunner().invoke(main, ["list"]).output
    checked = done([str(installed / "gradspec"), "check", "--layer", "relu"], tmp_path)
    assert "gradspec-reference 1.1 against gradspec 1.1" in checked
    assert done([str(installed / "gradspec-reference"), "list"], tmp_path).startswith("identity:")


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = (ROOT / "CITATION.cff").read_text().splitlines()
    assert {"cff-version: 1.2.0", f"version: {project['version']}", f"license: {project['license']}"} <= set(citation)


def test_the_wheel_has_the_packages_with_their_types_and_nothing_beside_them(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"gradspec", "gradspec_reference"}
    assert {"gradspec/py.typed", "gradspec_reference/py.typed"} <= names
    for part in ("spec", "fixtures"):
        files = {str(path.relative_to(ROOT)) for path in (ROOT / part).rglob("*") if path.is_file()}
        assert {name for name in names if name.startswith(f"gradspec/corpus/data/{part}/")} == {
            f"gradspec/corpus/data/{name}" for name in files
        }
