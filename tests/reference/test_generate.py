"""The fixtures are what the generator proves, every machine alike, and they can tell right from nearly right."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import h5py
import pytest

from command_lines import check, impossible, reference, said
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec_reference import generate as generation
from gradspec_reference.cases import CASES
from gradspec_reference.generate import generate, verify
from gradspec_reference.wrong_answers import wrong_answers


@pytest.fixture(scope="module")
def proven() -> Iterator[None]:
    """Prove each layer once for the tests of this file: what is proven is a function of the layer's name alone."""
    proofs = cache(generation.prove_layer)
    wrong = cache(lambda layer: wrong_answers(layer, proofs(layer)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "prove_layer", lambda layer, progress: proofs(layer))
        patch.setattr(generation, "wrong_answers", lambda layer, cases, progress: wrong(layer))
        yield


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, proven: None) -> Path:
    directory = tmp_path_factory.mktemp("fixtures")
    generate(directory, CASES)
    return directory


@pytest.fixture
def spoilable(generated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(generated, tmp_path / "spoilable"))


def test_generating_anew_gives_the_committed_bytes(everything: Path) -> None:
    names = [f"{name}.h5" for name in CASES] + ["manifest.json", "refusals.json"]
    digests = {n: [hashlib.sha256((d / n).read_bytes()).hexdigest() for d in (FIXTURES, everything)] for n in names}
    assert {n: pair for n, pair in digests.items() if pair[0] != pair[1]} == {}


@pytest.mark.usefixtures("proven")
def test_verify_compares_every_case_and_finds_nothing(cases: list[Case]) -> None:
    assert verify(FIXTURES, CASES) == (len(cases), [])


def test_generating_one_layer_keeps_the_others_in_the_manifest(everything: Path) -> None:
    before = json.loads((everything / "manifest.json").read_text())
    assert generate(everything, ["relu"]) == before


def test_the_fixtures_stay_small() -> None:
    assert sum(p.stat().st_size for p in FIXTURES.rglob("*") if p.is_file()) < 30_000_000


def test_verify_finds_no_difference_in_the_committed_fixtures(cases: list[Case]) -> None:
    result = reference("verify", "--layer", "relu")
    n = sum(case.layer == "relu" for case in cases)
    assert (result.exit_code, said(result)) == (0, f"{n} cases compared, 0 differences\n")


def test_verify_counts_a_layer_named_twice_once(cases: list[Case]) -> None:
    n = sum(case.layer == "identity" for case in cases)
    assert f"{n} cases compared" in said(reference("verify", "--layer", "identity", "--layer", "identity"))


@pytest.mark.parametrize("dataset", ["inputs/x", "outputs/y/value", "outputs/y/hi", "gradients/x/lo"])
def test_verify_finds_one_changed_number(spoilable: Path, dataset: str) -> None:
    with h5py.File(spoilable / "relu.h5", "r+") as file:
        numbers = file["float64/distinct_extents"][dataset]
        numbers[0, 0] += 1.0
    result = reference("verify", "--layer", "relu", "--fixtures", spoilable)
    assert "relu/float64/distinct_extents" in said(result)
    assert result.exit_code in (1, 2)


def test_verify_finds_a_file_that_is_not_the_manifests(spoilable: Path) -> None:
    path = spoilable / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["relu.h5"] = "0" * 64
    path.write_text(json.dumps(manifest))
    result = reference("verify", "--layer", "relu", "--fixtures", spoilable)
    assert "relu.h5: the file's SHA-256 is not the manifest's" in said(result)
    assert result.exit_code == 1


def test_verify_names_the_dataset_whose_number_was_changed_and_exits_with_1(spoilable: Path) -> None:
    with h5py.File(spoilable / "relu.h5", "r+") as file:
        file["float64/distinct_extents/outputs/y/hi"][0, 0] += 1.0
    result = reference("verify", "--layer", "relu", "--fixtures", spoilable)
    assert "relu/float64/distinct_extents: outputs/y/hi differs" in said(result)
    assert result.exit_code == 1


@pytest.mark.parametrize("layer", ["identity", "relu"])
def test_the_command_generates_the_committed_bytes(generated: Path, layer: str) -> None:
    assert (generated / f"{layer}.h5").read_bytes() == (FIXTURES / f"{layer}.h5").read_bytes()


def test_what_was_generated_passes(generated: Path) -> None:
    result = check("--fixtures", generated, "--dtype", "float64")
    assert result.returncode == 0, said(result)
    assert "0 failed, " in said(result)


@pytest.mark.parametrize("output", ["{}/file", "{}/file/below"])
def test_generating_where_nothing_can_be_written(tmp_path: Path, output: str) -> None:
    (tmp_path / "file").write_text("")
    impossible(reference("generate", "--layer", "identity", "-o", output.format(tmp_path)), "file")
