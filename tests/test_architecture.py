"""The house: who may import whom, no circles, and a test file for each module."""

import ast
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from paths import ROOT

GROUND = {"gradspec": ROOT / "conformance", "gradspec_reference": ROOT / "reference"}
CORPUS, REFERENCE = "gradspec.corpus", "gradspec_reference"
NUMBERS, LAYERS, CASES = f"{REFERENCE}.numbers", f"{REFERENCE}.layers", f"{REFERENCE}.cases"
PROVE, EVALUATE, MISTAKES = (f"{REFERENCE}.{name}" for name in ("prove", "evaluate", "mistakes"))
REGISTRY, TABLES, SCALING = (f"{REFERENCE}.{name}" for name in ("registry", "tables", "scaling"))
INDEPENDENT, FUZZ = f"{REFERENCE}.independent", f"{REFERENCE}.fuzz"

# What the modules of a room, and those beside the rooms, import of both packages outside their own room.
# The name of a room stands for all that is in it.
ALLOWED = {
    "gradspec": {CORPUS, "gradspec.public_face", "gradspec.transport", "gradspec.verdict"},
    "gradspec.__main__": {"gradspec.cli", f"{CORPUS}.interrupts"},
    "gradspec.candidate": {CORPUS, "gradspec.transport"},
    "gradspec.public_face": {CORPUS, "gradspec.transport", "gradspec.diagnosis", "gradspec.verdict"},
    CORPUS: set(),
    "gradspec.transport": {CORPUS},
    "gradspec.diagnosis": {CORPUS},
    "gradspec.verdict": {CORPUS, "gradspec.transport", "gradspec.diagnosis"},
    "gradspec.report": {CORPUS, "gradspec.diagnosis", "gradspec.verdict"},
    "gradspec.cli": {CORPUS, "gradspec.transport", "gradspec.diagnosis", "gradspec.verdict", "gradspec.report"},
    REFERENCE: set(),
    f"{REFERENCE}.__main__": {f"{REFERENCE}.cli", f"{REFERENCE}.serve", f"{CORPUS}.interrupts"},
    NUMBERS: set(),
    REGISTRY: {f"{CORPUS}.spec"},
    LAYERS: {REGISTRY, f"{NUMBERS}.operations", f"{NUMBERS}.rows"},
    CASES: {REGISTRY, f"{CORPUS}.coverage", f"{CORPUS}.spec", f"{NUMBERS}.formats", f"{NUMBERS}.operations"},
    EVALUATE: {f"{CORPUS}.spec", f"{NUMBERS}.operations", LAYERS},
    SCALING: {f"{CORPUS}.spec", NUMBERS, EVALUATE},
    PROVE: {CORPUS, NUMBERS, CASES, EVALUATE, SCALING},
    INDEPENDENT: set(),
    FUZZ: {CORPUS, f"{NUMBERS}.formats", f"{NUMBERS}.operations", EVALUATE, PROVE, INDEPENDENT},
    MISTAKES: {REGISTRY, f"{CORPUS}.spec", f"{NUMBERS}.operations", LAYERS, EVALUATE},
    f"{REFERENCE}.rejections": {CORPUS, f"{NUMBERS}.formats", CASES, PROVE, EVALUATE},
    f"{REFERENCE}.serve": {"gradspec.candidate", f"{CORPUS}.spec", LAYERS, EVALUATE},
    f"{REFERENCE}.widths": {CORPUS, f"{NUMBERS}.formats", f"{NUMBERS}.operations"},
    f"{REFERENCE}.wrong_answers": {CORPUS, NUMBERS, MISTAKES, EVALUATE},
    f"{REFERENCE}.kill_matrix": {CORPUS, f"{NUMBERS}.operations", MISTAKES, EVALUATE, f"{REFERENCE}.wrong_answers"},
    f"{REFERENCE}.generate": {
        CORPUS,
        f"{NUMBERS}.formats",
        CASES,
        PROVE,
        f"{REFERENCE}.rejections",
        f"{REFERENCE}.wrong_answers",
    },
    TABLES: {
        CORPUS,
        MISTAKES,
        f"{REFERENCE}.generate",
        f"{REFERENCE}.kill_matrix",
        f"{REFERENCE}.widths",
    },
    f"{REFERENCE}.cli": {
        CORPUS,
        f"{NUMBERS}.formats",
        CASES,
        MISTAKES,
        PROVE,
        TABLES,
        INDEPENDENT,
        FUZZ,
        f"{REFERENCE}.generate",
        f"{REFERENCE}.kill_matrix",
        f"{REFERENCE}.serve",
        f"{REFERENCE}.wrong_answers",
    },
}

# Modules without a test file of their name: which file tests them, and why.
TESTED_ELSEWHERE = {
    "conformance/gradspec/__main__.py": ("conformance/cli/test_cli.py", "it is the command"),
    "reference/gradspec_reference/__main__.py": ("conformance/cli/test_cli.py", "it is the command"),
    "conformance/gradspec/__init__.py": ("conformance/test_public_face.py", "it names what that module has"),
    "conformance/gradspec/corpus/selection.py": ("conformance/cli/test_selection.py", "the options choose by it"),
    "conformance/gradspec/cli/running.py": ("conformance/cli/test_check.py", "the part of the command that asks"),
    "conformance/gradspec/cli/output.py": ("conformance/report/test_terminal.py", "the console that is printed to"),
    "conformance/gradspec/transport/kin.py": ("conformance/transport/test_process.py", "what a process leaves behind"),
    "conformance/gradspec/corpus/manifest.py": ("conformance/corpus/test_load.py", "what loading reads first"),
    "reference/gradspec_reference/scaling.py": ("reference/test_theorem.py", "the factors that TO-F3 is about"),
    "reference/gradspec_reference/numbers/bounded.py": (
        "reference/numbers/test_operations.py",
        "what those tell apart",
    ),
    "reference/gradspec_reference/numbers/row_bounds.py": ("reference/numbers/test_rows.py", "rows call it"),
    "reference/gradspec_reference/numbers/pending.py": ("reference/numbers/test_rounded.py", "rounded numbers are it"),
    "reference/gradspec_reference/independent/*.py": ("reference/test_allowed_algorithms.py", "each on every case"),
    "reference/gradspec_reference/fuzz/*.py": (
        "reference/fuzz/test_attack.py",
        "drawing, attacking, shrinking, replay",
    ),
    "reference/gradspec_reference/cli/fuzz.py": ("reference/fuzz/test_attack.py", "its exit codes"),
    "reference/gradspec_reference/evaluate.py": ("reference/test_prove.py", "a proof evaluates three times"),
    "conformance/gradspec/corpus/case.py": ("conformance/corpus/test_fixture.py", "a case is what a file holds"),
    "conformance/gradspec/corpus/location.py": ("conformance/cli/test_list.py", "two paths, read by every command"),
    "conformance/gradspec/diagnosis/explanation.py": ("conformance/diagnosis/test_account.py", "records only"),
    "conformance/gradspec/diagnosis/related.py": ("conformance/diagnosis/test_account.py", "its part of the account"),
    "conformance/gradspec/verdict/run.py": ("conformance/report/test_summary.py", "what a run says is what is told"),
    "reference/gradspec_reference/tables/*.py": ("reference/tables/test_tables.py", "each makes part of the tables"),
    "reference/gradspec_reference/cli/generate.py": ("reference/test_generate.py", "it calls generate"),
    "reference/gradspec_reference/cli/verify.py": ("reference/test_generate.py", "it calls verify"),
    "reference/gradspec_reference/cli/serve.py": ("reference/test_serve.py", "it calls serve"),
    "reference/gradspec_reference/cli/list.py": ("reference/cli/test_cli.py", "a line for each layer"),
    "reference/gradspec_reference/cli/options.py": ("reference/cli/test_cli.py", "two options that commands share"),
    "reference/gradspec_reference/cases/*.py": ("reference/cases/test_cases.py", "all pages of cases at once"),
    "reference/gradspec_reference/layers/*.py": ("reference/test_oracle.py", "all pages of layers, by two oracles"),
    "reference/gradspec_reference/mistakes/*.py": ("reference/mistakes/test_mistakes.py", "all mistakes at once"),
}

# Test files that are of no one module, and what they are of.
OF_NO_MODULE = {
    "conformance/test_adapters.py": "the adapters, and the reader in C",
    "conformance/test_what_users_read.py": "the table of conformance/README.md",
    "conformance/cli/test_hostile.py": "gradspec under bad input",
    "conformance/report/test_claim.py": "the claim, of the summary",
    "conformance/cli/test_interrupts.py": "gradspec check under signals",
    "conformance/transport/test_raw.py": "tensors as bytes, through all of transport",
    "conformance/transport/test_soak.py": "all of transport, for a long time",
    "conformance/corpus/test_profiles.py": "bounds under a profile, in cases and files",
    "conformance/verdict/test_profiles.py": "a candidate that declares a profile",
    "reference/mistakes/test_settings.py": "the corpus, by an eps in a logarithm in each setting",
    "reference/test_profiles.py": "proofs under a profile",
    "reference/test_theorem.py": "the theorem where it was found false or too narrow",
    "reference/test_allowed_algorithms.py": "the fixtures, by right implementations",
    "reference/test_impostors.py": "the fixtures, by wrong implementations",
    "reference/test_oracle.py": "the fixtures, by two oracles",
}

BLOCKED = """
import sys
sys.modules["flint"] = sys.modules["gradspec_reference"] = None
import gradspec.cli, gradspec.candidate
from gradspec.corpus.load import load
print(len(load()))
"""


@cache
def modules() -> dict[str, Path]:
    """Return the path of every module of both packages, by its dotted name."""
    paths = [(path, ground) for name, ground in GROUND.items() for path in (ground / name).rglob("*.py")]
    named = {".".join(path.relative_to(ground).with_suffix("").parts): path for path, ground in paths}
    return {name.removesuffix(".__init__"): path for name, path in sorted(named.items())}


def imported(text: str, package: str) -> set[str]:
    """Return the dotted names that a module of `package` imports, anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            whole = {f"{base}.{alias.name}" for alias in node.names}
            found |= {name if name in modules() else base for name in whole}
    return found


@cache
def edges() -> dict[str, set[str]]:
    """Return which modules of both packages each of them imports."""
    found = {}
    for name, path in modules().items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        found[name] = imported(path.read_text(), package) & modules().keys() - {name}
    return found


def room(module: str) -> str:
    """Return the room of a module; one beside the rooms is a room of its own."""
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import gradspec.cli", "gradspec.cli"),
        ("from gradspec.corpus import fixture", "gradspec.corpus.fixture"),
        ("from gradspec.corpus import SPEC_VERSION", "gradspec.corpus"),
        ("from ..report.summary import claim", "gradspec.report.summary"),
        ("def f():\n    from ..report import summary", "gradspec.report.summary"),
        ("from . import judge", "gradspec.verdict.judge"),
        ("from .judge import Judgement", "gradspec.verdict.judge"),
        ("from .. import candidate as c", "gradspec.candidate"),
    ],
)
def test_every_form_of_import_is_seen(text: str, found: str) -> None:
    assert imported(text, "gradspec.verdict") == {found}


def test_the_table_has_every_room() -> None:
    assert set(ALLOWED) == {room(module) for module in modules()}


@pytest.mark.parametrize("importer", ALLOWED)
def test_a_room_imports_what_the_table_allows_and_nothing_else(importer: str) -> None:
    found = {(m, other) for m, others in edges().items() if room(m) == importer for other in others}
    outside = {other for _, other in found if room(other) != importer}
    forbidden = {other for other in outside if not {other, room(other)} & ALLOWED[importer]}
    assert [f"{m} imports {other}" for m, other in sorted(found) if other in forbidden] == []
    used = {name for name in ALLOWED[importer] for other in outside if name in (other, room(other))}
    assert ALLOWED[importer] - used == set(), "allowed, and not used"


def test_no_module_imports_itself_by_way_of_others() -> None:
    TopologicalSorter(edges()).prepare()  # which raises CycleError, with the circle


def test_conformance_never_imports_the_reference() -> None:
    for path in (ROOT / "conformance").rglob("*.py"):
        assert "gradspec_reference" not in {name.split(".")[0] for name in imported(path.read_text(), "none")}, path


def test_conformance_works_where_flint_and_the_reference_are_missing(cases: list[object]) -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(len(cases)), done.stderr


def test_the_layers_know_only_numpy_and_operations() -> None:
    for path in (ROOT / "reference" / "gradspec_reference" / "layers").glob("[!_]*.py"):
        found = {name for name in imported(path.read_text(), LAYERS) if not name.startswith(LAYERS)}
        assert found <= {
            "__future__",
            "collections.abc",
            "numpy",
            "types",
            "typing",
            f"{NUMBERS}.operations",
            f"{NUMBERS}.rows",
        }, path


def file_for(path: Path) -> str:
    """Return the path below tests/ of the file that tests a module; that of a package is named after it."""
    ground, _, *rooms = path.relative_to(ROOT).with_suffix("").parts
    *rooms, name = [*rooms[:-1], rooms[-2]] if rooms[-1] == "__init__" and len(rooms) > 1 else rooms
    return "/".join([ground, *rooms, f"test_{name}.py"])


def defines_something(path: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(path.read_text()).body)


@cache
def untested() -> set[str]:
    """Return the paths of the modules that have no test file of their name; a package may have one or none."""
    lacking = {path for path in modules().values() if not (ROOT / "tests" / file_for(path)).exists()}
    return {str(path.relative_to(ROOT)) for path in lacking if path.name != "__init__.py" or defines_something(path)}


def test_every_module_has_a_test_file_of_its_name_or_a_reason() -> None:
    excused = {path for path in untested() for pattern in TESTED_ELSEWHERE if fnmatch(path, pattern)}
    assert untested() - excused == set()


@pytest.mark.parametrize("pattern", TESTED_ELSEWHERE)
def test_a_reason_is_not_stale(pattern: str) -> None:
    assert [path for path in untested() if fnmatch(path, pattern)] != [], "each has a test file, or is gone"
    assert (ROOT / "tests" / TESTED_ELSEWHERE[pattern][0]).exists()


def test_every_test_file_is_of_a_module_or_says_of_what() -> None:
    tests = ROOT / "tests"
    found = {
        str(p.relative_to(tests))
        for ground in ("conformance", "reference")
        for p in (tests / ground).rglob("test_*.py")
    }
    assert found - {file_for(path) for path in modules().values()} == set(OF_NO_MODULE)
