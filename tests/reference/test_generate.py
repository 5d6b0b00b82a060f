"""The fixtures are what the generator proves, every machine alike, and they can tell right from nearly right."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from gradspec.corpus import fixture
from gradspec.corpus import wrong_answers as wrong_answers
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec.verdict.judge import Expectation
from gradspec_reference.cases import CASES, questions
from gradspec_reference.generate import generate, prove_case, verify
from gradspec_reference.numbers.formats import FORMATS
from gradspec_reference.prove import UnprovenError, evaluate, request_of


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("fixtures")
    generate(directory, CASES)
    return directory


def test_generating_anew_gives_the_committed_bytes(generated: Path) -> None:
    names = [f"{name}.h5" for name in CASES] + ["manifest.json", "refusals.json"]
    digests = {n: [hashlib.sha256((d / n).read_bytes()).hexdigest() for d in (FIXTURES, generated)] for n in names}
    assert {n: pair for n, pair in digests.items() if pair[0] != pair[1]} == {}


def test_verify_compares_every_case_and_finds_nothing(cases: list[Case]) -> None:
    assert verify(FIXTURES, CASES) == (len(cases), [])


def test_generating_one_layer_keeps_the_others_in_the_manifest(generated: Path) -> None:
    before = json.loads((generated / "manifest.json").read_text())
    assert generate(generated, ["relu"]) == before


def test_the_fixtures_stay_small() -> None:
    assert sum(p.stat().st_size for p in FIXTURES.rglob("*") if p.is_file()) < 20_000_000


def test_there_are_enough_cases_and_each_says_why(cases: list[Case]) -> None:
    for layer in CASES:
        for dtype in FORMATS:
            found = [c for c in cases if (c.layer, c.dtype) == (layer, dtype)]
            assert len(found) >= (10 if layer == "identity" else 12), (layer, dtype)
            assert len({c.why for c in found}) == len(found)
            assert all(c.why and c.clauses for c in found)


def test_every_value_lies_in_its_interval_and_is_of_its_dtype(cases: list[Case]) -> None:
    for case in cases:
        for i in (*case.outputs.values(), *case.gradients.values()):
            for array in (i.value, i.lo, i.hi):
                assert np.array_equal(array, array.astype(case.dtype).astype(np.float64), equal_nan=True), case.id
            assert ((i.lo <= i.value) & (i.value <= i.hi) | np.isnan(i.value)).all(), case.id


def test_exact_cases_have_points_for_intervals(cases: list[Case]) -> None:
    exact = [c for c in cases if "exact" in c.tags]
    assert exact
    for case in exact:
        for i in (*case.outputs.values(), *case.gradients.values()):
            assert np.array_equal(i.lo, i.hi), case.id


def test_cotangents_are_not_uniform(cases: list[Case]) -> None:
    for case in cases:
        for c in case.cotangents.values():
            assert c.size < 2 or len(set(c.reshape(-1).tolist())) > 1, case.id
            assert c.ndim or float(c) != 1.0, case.id


def test_a_relative_error_of_1e_12_is_caught_in_every_layer(cases: list[Case]) -> None:
    for layer in set(CASES) - {"identity"}:
        caught = 0
        for case in (c for c in cases if c.layer == layer and c.dtype == "float64" and c.gradients):
            answer = {k: i.value * (1 + 1e-12) for k, i in (case.outputs | case.gradients).items()}
            caught += bool(Expectation(case.outputs | case.gradients, case.dtype).judge(answer).findings)
        assert caught, layer


def test_the_float_reference_passes_everything(cases: list[Case]) -> None:
    declared = {c.id: c for c in cases}
    for layer in CASES:
        for dtype, form in FORMATS.items():
            for question in questions(layer, form):
                case = declared[f"{layer}/{dtype}/{question.name}"]
                outputs, gradients = evaluate(request_of(layer, dtype, question))
                for expected, got in ((case.outputs, outputs), (case.gradients, gradients)):
                    assert Expectation(expected, dtype).judge(got).findings == (), case.id


def test_a_kink_within_the_error_is_refused() -> None:
    case = next(c for c in CASES["two_layer_classifier"].cases(FORMATS["float64"]) if c.name == "mean")
    x = case.inputs["x"].copy()
    x[0] = 0.1, 0.2, 0.3
    w1, b1 = case.inputs["w1"].copy(), case.inputs["b1"].copy()
    w1[:, 0], b1[0] = (1.0, 1.0, -1.0), 0.0
    inputs = {**case.inputs, "x": x, "w1": w1, "b1": b1}
    near = type(case)(case.name, case.why, case.clauses, inputs, case.cotangents, case.attributes)
    with pytest.raises(UnprovenError, match="straddles"):
        prove_case("two_layer_classifier", "float64", near)


def test_the_format_is_as_narrow_as_it_says() -> None:
    import h5py

    for path in FIXTURES.glob("*.h5"):
        with h5py.File(path) as file:
            names: list[str] = []
            file.visit(names.append)
            for name in names:
                item = file[name]
                for value in item.attrs.values():
                    assert isinstance(value, np.bytes_) or value.dtype == np.dtype("<i8"), name
                if isinstance(item, h5py.Dataset):
                    assert item.dtype in (np.dtype("<f8"), np.dtype("<i8"), np.dtype("u1")), name
                    assert item.chunks is None
                    assert item.compression is None


def test_a_fixture_read_is_the_fixture_written(tmp_path: Path, cases: list[Case]) -> None:
    relu = [c for c in cases if c.layer == "relu"]
    wrong = wrong_answers.read(FIXTURES, [(c.layer, c.dtype, c.name) for c in relu])
    fixture.write(tmp_path / "relu.h5", "relu", relu, wrong)
    assert [c.digest for c in fixture.read(tmp_path / "relu.h5")] == [c.digest for c in relu]
    assert (tmp_path / "relu.h5").read_bytes() == (FIXTURES / "relu.h5").read_bytes()
