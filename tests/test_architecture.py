"""Nothing flows back: the conformance package needs neither the reference nor what proves the reference."""

import ast
import subprocess
import sys

from paths import ROOT

BLOCKED = """
import sys
sys.modules["flint"] = sys.modules["gradspec_reference"] = None
import gradspec.cli, gradspec.candidate
from gradspec.corpus.load import load
print(len(load()))
"""


def imports(path: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def test_conformance_never_imports_the_reference() -> None:
    for path in (ROOT / "conformance").rglob("*.py"):
        assert "gradspec_reference" not in imports(path.read_text()), path


def test_conformance_works_where_flint_and_the_reference_are_missing(cases: list[object]) -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(len(cases)), done.stderr


def test_the_layers_know_only_numpy_and_operations() -> None:
    for path in (ROOT / "reference" / "gradspec_reference" / "layers").glob("[!_]*.py"):
        tree = ast.parse(path.read_text())
        relative = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level == 2}
        assert imports(path.read_text()) <= {"collections", "numpy", "types", "typing"}, path
        assert relative <= {"numbers.operations", "numbers.rows"}, path
