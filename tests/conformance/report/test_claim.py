"""What a run lets a library say of itself: nothing that was hardly asked."""

from dataclasses import replace
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
        run.edges[case.layer, case.dtype] |= set(coverage.EDGES) & set(case.tags)
        if not why_skipped(case, declared):
            run.selected.append(case)
            run.results += [Result(variant, "passed") for variant in variants(case)]
    return run


@pytest.mark.parametrize("layer", ["softmax_cross_entropy", "log_loss", "linear_classifier", "squared_error"])
@pytest.mark.parametrize("dtypes", [["float64"], ["float32"], BOTH])
def test_all_of_a_loss_allows_a_claim(cases: list[Case], layer: str, dtypes: list[str]) -> None:
    run = passed(cases, layer, dtypes, **WHOLE)
    assert (run.exit_code, no_claim(run)) == (0, "")
    assert claim(run).startswith(f"conforms to gradspec 1.1 on the {len(run.selected)} published cases: {layer} (")


@pytest.mark.parametrize("layer", ["softmax_cross_entropy", "log_loss", "linear_classifier", "three_layer_classifier"])
@pytest.mark.parametrize("layout", WHOLE["layout"])
@pytest.mark.parametrize("reduction", WHOLE["reduction"])
def test_declaring_less_is_no_escape_from_the_edge_cases(
    cases: list[Case], layer: str, layout: str, reduction: str
) -> None:
    """A loss with an eps in its log fails where probabilities are tiny: every setting is asked that."""
    run = passed(cases, layer, ["float32"], layout=[layout], reduction=[reduction])
    asked = {tag for case in run.selected for tag in case.tags}
    assert asked >= run.edges[layer, "float32"]
    assert asked & {"extreme", "unlikely"}
    assert claim(run) != ""


def test_each_floor_has_its_words(cases: list[Case]) -> None:
    some = [case for case in cases if (case.layer, case.dtype) == ("softmax_cross_entropy", "float64")]
    both = {"layout": ["rows"], "reduction": ["mean", "sum"]}

    def few(asked: list[Case], edges: tuple[str, ...] = ("extreme",)) -> str:
        return coverage.too_few("softmax_cross_entropy", "float64", asked, edges, both)

    of_sum = [case for case in some if case.attributes == {"layout": "rows", "reduction": "sum"}]
    rest = [case for case in some if case not in of_sum]
    where = "softmax_cross_entropy in float64, rows, sum: "
    assert few([*rest, *of_sum[:3]]) == f"{where}3 cases were asked, and a claim needs 4"
    bare = [replace(case, gradients={}) for case in of_sum]
    assert few([*rest, *bare]) == f"{where}0 gradients were asked, and a claim needs 3"
    plain = [replace(case, tags=()) for case in of_sum]
    assert few([*rest, *plain]) == f"{where}0 cases with the tag extreme were asked, and a claim needs 1"
    assert few([*rest, *plain], ()) == few(some) == ""


def test_the_page_has_the_floors_of_the_code() -> None:
    page = (ROOT / "spec" / "README.md").read_text()
    assert f"at least {coverage.FLOORS[coverage.CASES]} cases" in page
    assert f"at least {coverage.FLOORS[coverage.GRADIENTS]} of them ask for gradients" in page
    assert all(f"`{tag}`" in page for tag in coverage.EDGES)


def test_a_layer_without_a_value_of_the_spec_is_asked_no_rejections() -> None:
    declared = {"affine": {"dtypes": ["float64"], "attributes": {"layout": ["diagonal"]}}}
    of_affine = [r for r in rejections.load() if r.layer == "affine"]
    assert {rejections.why_skipped(r, declared) for r in of_affine} == {"no layout of the spec declared"}
