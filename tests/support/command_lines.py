"""How tests call the two command lines, in this process or in one of its own, and what they demand of them."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from gradspec.cli import main as gradspec_main
from gradspec.corpus.schema import validator
from gradspec_reference.cli import main as reference_main

SCALAR = "identity/float64/scalar"
ONE = ("--case", SCALAR)
SERVE = (sys.executable, "-m", "gradspec_reference", "serve")

WRONG_RELU = """
import numpy as np
from gradspec.candidate import identity, serve

def relu(inputs, cotangents, attributes):
    return {"y": np.abs(inputs["x"])}, cotangents and {"x": cotangents["y"]}

serve({"identity": identity, "relu": relu}, name="wrong", version="1", dtypes=["float64"])
"""
WRONG = (sys.executable, "-c", WRONG_RELU)


def program() -> str:
    """Return how a command that is printed starts the tool, where it was itself started as a module."""
    return "gradspec" if shutil.which("gradspec") else shlex.join([sys.executable, "-m", "gradspec"])


def run(module: str, *arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, "env": environment} | options
    return subprocess.run(command, text=True, **options)


def check(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    return run("gradspec", "check", *arguments, **options)


def gradspec(*arguments: Any) -> Result:
    return CliRunner().invoke(gradspec_main, list(map(str, arguments)))


def reference(*arguments: Any) -> Result:
    return CliRunner().invoke(reference_main, list(map(str, arguments)))


def said(result: Any) -> str:
    """Return all that a command said, which is never a traceback."""
    if isinstance(result, Result):
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output
    text = (result.stdout or "") + (result.stderr or "")
    assert "Traceback" not in text, text
    return text


def impossible(result: Any, words: str) -> None:
    """Demand exit code 2 and a sentence that has these words."""
    text = said(result)
    assert (result.exit_code if isinstance(result, Result) else result.returncode) == 2, text
    assert words in text


def reported(tmp_path: Path, *arguments: Any) -> tuple[int, dict[str, Any]]:
    """Return the exit code of a check and its JSON report, which must be valid and alone in the directory."""
    result = check("--json", tmp_path / "report.json", *arguments)
    said(result)
    document = json.loads((tmp_path / "report.json").read_text())
    assert [fault.message for fault in validator("report").iter_errors(document)] == []
    assert document["exit_code"] == result.returncode
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    return result.returncode, document
