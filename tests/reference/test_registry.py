"""The contracts in ``spec/layers`` are the one registry: whatever a layer needs has its name, and nothing else does."""

import json
from pathlib import Path

import pytest

from gradspec.corpus.location import FIXTURES
from gradspec_reference import registry
from gradspec_reference.cases import CASES
from gradspec_reference.independent import arithmetic
from gradspec_reference.layers import LAYERS
from gradspec_reference.mistakes import MISTAKES
from paths import ROOT

SPEC = ROOT / "spec" / "layers"
REFERENCE = ROOT / "reference" / "gradspec_reference"
CONTRACTS = {path.stem for path in SPEC.glob("*.json")}
SHARED = {  # modules that several layers use
    "layers": {"chain", "reductions"},
    "cases": {"networks", "question", "settings"},
    "mistakes": {"common", "mistake", "networks", "reductions", "wiring"},
}


def names(directory: Path, pattern: str) -> set[str]:
    return {path.stem for path in directory.glob(pattern) if path.stem != "__init__"}


def test_a_contract_names_the_layer_of_its_file() -> None:
    assert len(CONTRACTS) >= 16
    assert {path.stem: json.loads(path.read_text())["layer"] for path in SPEC.glob("*.json")} == {
        name: name for name in CONTRACTS
    }


@pytest.mark.parametrize("package", SHARED)
def test_every_contract_has_a_module_and_every_module_a_contract(package: str) -> None:
    found = names(REFERENCE / package, "*.py")
    assert SHARED[package] <= found
    assert found - SHARED[package] == CONTRACTS


def test_every_contract_has_a_page_a_fixture_and_independent_arithmetic() -> None:
    assert names(SPEC, "*.md") == CONTRACTS
    assert names(FIXTURES, "*.h5") == CONTRACTS
    assert set(arithmetic.LAYERS) == CONTRACTS


def test_the_packages_hold_the_layers_of_the_contracts() -> None:
    assert LAYERS.keys() == CASES.keys() == MISTAKES.keys() == CONTRACTS


@pytest.mark.parametrize("package", SHARED)
def test_a_contract_without_a_module_is_an_error_that_names_both(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "layers", lambda: {"relu": None, "warp": None})
    wanted = (
        f"spec/layers/warp.json names a layer without reference/gradspec_reference/{package}/warp.py; "
        "CONTRIBUTING.md says what it holds"
    )
    with pytest.raises(ImportError) as caught:
        registry.modules(f"gradspec_reference.{package}")
    assert str(caught.value) == wanted


def test_a_module_without_what_it_must_define_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "layers", lambda: {"relu": None})
    wanted = r"reference/gradspec_reference/cases/relu\.py must define cases and warp, and lacks warp$"
    with pytest.raises(ImportError, match=wanted):
        registry.modules("gradspec_reference.cases", "cases", "warp")


def test_a_module_that_cannot_import_what_it_needs_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'flint'", name="flint")

    monkeypatch.setattr(registry, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match="flint"):
        registry.modules("gradspec_reference.layers")
