"""What a Python program uses, without the command line."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradspec
from gradspec import Case, cases, check, judge
from harness import CULPRIT, HARNESS, command

ONE = "relu/float64/distinct_extents"


@pytest.fixture(scope="module")
def relu() -> Case:
    (case,) = cases(case=ONE)
    return case


# Names.


def test_every_name_that_is_offered_is_there() -> None:
    for name in gradspec.__all__:
        assert getattr(gradspec, name)
        assert name in dir(gradspec)
    assert gradspec.__version__ == version("gradspec")
    assert gradspec.SPEC_VERSION == "1.1"
    with pytest.raises(AttributeError, match="no attribute nonsense"):
        gradspec.nonsense  # noqa: B018


def test_importing_is_cheap() -> None:
    code = "import sys, gradspec; print(sorted({'numpy', 'h5py', 'click', 'jsonschema', 'rich'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


# Cases.


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, lambda c: True),
        ({"layer": "relu"}, lambda c: c.layer == "relu"),
        (
            {"layer": ["relu", "bias"], "dtype": "float32"},
            lambda c: c.layer in ("relu", "bias") and c.dtype == "float32",
        ),
        ({"case": "*/kink*"}, lambda c: c.name.startswith("kink")),
        ({"tag": "kink", "dtype": ("float64", "float32")}, lambda c: "kink" in c.tags),
        ({"layer": "relu", "case": "bias/*"}, lambda c: False),
    ],
)
def test_cases_are_those_that_every_filter_accepts(filters: Any, wanted: Any, cases: list[Case]) -> None:
    assert [c.id for c in gradspec.cases(**filters)] == [c.id for c in cases if wanted(c)]


@pytest.mark.parametrize("filters", [{"layer": "rleu"}, {"dtype": "float16"}, {"tag": "nonsense"}])
def test_a_filter_that_names_nothing_is_an_error(filters: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"there is no {next(iter(filters))} "):
        cases(**filters)


def test_fixtures_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(gradspec.FixtureError, match=r"manifest\.json"):
        cases(fixtures=tmp_path)


# Judging arrays.


def test_a_right_answer_passes(relu: Case) -> None:
    x, dy = relu.inputs["x"], relu.cotangents["y"]
    judgement = judge(relu, outputs={"y": np.maximum(x, 0)}, gradients={"x": np.where(x > 0, dy, 0)})
    assert judgement.passed
    assert judgement.fraction == 0


def test_a_wrong_answer_fails_where_it_is_wrong(relu: Case) -> None:
    y = np.maximum(relu.inputs["x"], 0)
    y[0, 1] += 0.5
    judgement = judge(relu, outputs={"y": y}, gradients={"x": relu.gradients["x"].value})
    assert not judgement.passed
    (finding,) = judgement.findings
    assert (finding.tensor, finding.index, finding.wrong) == ("outputs/y", (0, 1), 1)
    assert finding.got - finding.value == 0.5


def test_identity_is_judged_by_the_sign_of_zero_too() -> None:
    (case,) = cases(case="identity/float64/scalar")
    zero = Case(**{k: getattr(case, k) for k in Case.__dataclass_fields__} | {"outputs": {"y": POINT}})
    assert judge(zero, outputs={"y": np.float64(0.0)}).passed
    assert not judge(zero, outputs={"y": np.float64(-0.0)}).passed


POINT = gradspec.Interval(np.float64(0), np.float64(0), np.float64(0))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "nothing is given to judge; it has outputs/y, gradients/x"),
        ({"outputs": {"z": [1.0]}}, "has no outputs/z; it has outputs/y, gradients/x"),
        ({"gradients": {"y": [1.0]}}, "has no gradients/y"),
        ({"outputs": {"y": [1.0]}}, r"outputs/y must be float64 \(4, 3\), got float64 \(1,\)"),
        ({"outputs": {"y": np.zeros((4, 3), "f4")}}, r"must be float64 \(4, 3\), got float32 \(4, 3\)"),
    ],
)
def test_arrays_that_are_no_answer_to_the_case_are_an_error(relu: Case, given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        judge(relu, **given)


# Checking a candidate.

pytestmark = HARNESS


def test_a_right_candidate_passes(small: Path) -> None:
    run = check(command("none"), case=["identity/float64/*", "relu/float64/*"], fixtures=small)
    assert (run.exit_code, run.failed) == (0, {})
    assert {case.layer for case in run.asked} == {"identity", "relu"}
    assert run.partial == "the run was filtered"


def test_a_wrong_candidate_fails_and_is_explained() -> None:
    serve = [sys.executable, "-m", "gradspec_reference", "serve", "--mistake", "relu/gate_open_at_zero"]
    run = check(serve, layer="relu", tag="kink", seed=1)
    assert run.exit_code == 1
    assert set(run.failed.values()) == {"wrong"}
    assert run.explanations == dict.fromkeys(run.failed, "gate_open_at_zero")
    assert run.seed == 1


def test_a_candidate_with_several_processes_and_a_fault_of_its_own(small: Path) -> None:
    run = check(command("raises"), case=[CULPRIT, "relu/float64/*"], fixtures=small, jobs=2)
    assert run.failed == {CULPRIT: "error"}


@pytest.mark.parametrize("words", ["python mine.py", "", []])
def test_a_command_is_a_list_of_words(words: Any) -> None:
    with pytest.raises(ValueError, match="command must be a list of words"):
        check(words)


def test_a_command_that_is_no_candidate_is_an_error(small: Path) -> None:
    with pytest.raises(gradspec.CandidateError, match="exited with code 0"):
        check(["true"], fixtures=small)
