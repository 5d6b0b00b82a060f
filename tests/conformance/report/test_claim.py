"""What a run lets a library say of itself: nothing that was hardly asked."""

from typing import Any

import pytest

from gradspec.corpus import coverage
from gradspec.corpus.case import Case
from gradspec.report.summary import claim, no_claim
from gradspec.verdict import rejections
from gradspec.verdict.check import why_skipped
from gradspec.verdict.result import Result
from gradspec.verdict.run import Run
from gradspec.verdict.variants import variants
from paths import ROOT

BOTH = ["float64", "float32"]
WHOLE = {"layout": ["rows", "columns"], "reduction": ["mean", "sum", "none"]}


def passed(cases: list[Case], layer: str, dtypes: list[str], **attributes: list[str]) -> Run:
    """Return a run that passed everything that was so declared."""
    declared: Any = {layer: {"dtypes": dtypes, "attributes": attributes}}
    run = Run(len(cases), declared=declared, complete=True)
    for case in cases:
        run.edges[case.layer, case.dtype] |= coverage.EDGES & set(case.tags)
        if not why_skipped(case, declared):
            run.selected.append(case)
            run.results += [Result(variant, "passed") for variant in variants(case)]
    return run


@pytest.mark.parametrize("layer", ["softmax_cross_entropy", "log_loss", "linear_classifier", "squared_error"])
@pytest.mark.parametrize("dtypes", [["float64"], ["float32"], BOTH])
def test_all_of_a_loss_allows_a_claim(cases: list[Case], layer: str, dtypes: list[str]) -> None:
    run = passed(cases, layer, dtypes, **WHOLE)
    assert (run.exit_code, no_claim(run)) == (0, "")
    assert claim(run).startswith(f"conforms to gradspec 1.0 on the {len(run.selected)} published cases: {layer} (")


@pytest.mark.parametrize("layer", ["softmax_cross_entropy", "log_loss", "linear_classifier", "three_layer_classifier"])
def test_declaring_less_is_no_escape_from_the_edge_cases(cases: list[Case], layer: str) -> None:
    """A loss with an eps in its log fails where probabilities are tiny: who was not asked that claims nothing."""
    for layouts in (["rows"], ["columns"], WHOLE["layout"]):
        for reductions in (["sum"], ["none"], ["mean"], ["sum", "none"]):
            for dtypes in (["float64"], ["float32"]):
                run = passed(cases, layer, dtypes, layout=layouts, reduction=reductions)
                asked = {tag for case in run.selected for tag in case.tags}
                if not run.edges[layer, dtypes[0]] <= asked or len(run.selected) < coverage.CASES_OF_A_LAYER:
                    assert claim(run) == ""
                    assert f"{layer} in {dtypes[0]} was asked " in no_claim(run)
                else:
                    assert "extreme" in asked or layer == "log_loss"


def test_each_floor_has_its_words(cases: list[Case]) -> None:
    some = [case for case in cases if (case.layer, case.dtype) == ("softmax_cross_entropy", "float64")]
    plain = [case for case in some if not case.tags]
    values = ["reduction mean", "reduction sum"]
    one = [case for case in plain if case.attributes["reduction"] != "sum"]
    assert "was asked 4 cases, and needs 10" in coverage.too_few("l", "float64", some[:4], [], values)
    assert "was asked 0 cases of reduction sum, and needs 2" in coverage.too_few("l", "float64", one, [], values)
    assert "no case with the tag extreme" in coverage.too_few("l", "float64", plain, ["extreme"], [])
    assert coverage.too_few("l", "float64", some, ["extreme"], values) == ""


def test_the_page_has_the_floors_of_the_code() -> None:
    page = (ROOT / "spec" / "README.md").read_text()
    assert f"at least {coverage.CASES_OF_A_LAYER} cases" in page
    assert f"at least {coverage.CASES_OF_A_VALUE} cases" in page
    assert all(f"`{tag}`" in page for tag in coverage.EDGES)


def test_a_layer_without_a_value_of_the_spec_is_asked_no_rejections() -> None:
    declared = {"affine": {"dtypes": ["float64"], "attributes": {"layout": ["diagonal"]}}}
    of_affine = [r for r in rejections.load() if r.layer == "affine"]
    assert {rejections.why_skipped(r, declared) for r in of_affine} == {"no layout of the spec declared"}
