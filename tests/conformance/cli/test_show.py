"""``gradspec show CASE-ID``: what a case asks, and which answers are right."""

from pathlib import Path

import pytest

from command_lines import gradspec, impossible, said
from gradspec.corpus.case import Case


def test_show_prints_what_a_case_asks_and_allows(generated: Path, cases: list[Case]) -> None:
    case = next(case for case in cases if case.id == "relu/float64/distinct_extents")
    result = gradspec("show", "--fixtures", generated, case.id)
    text = said(result)
    assert result.exit_code == 0
    assert text.startswith(f"{case.id}: {case.why}\n")
    for part in ("inputs/x", "cotangents/y", "outputs/y", "gradients/x", "value:", "lo:", "hi:"):
        assert part in text
    for number in (*case.inputs["x"].flat, *case.gradients["x"].hi.flat):
        assert repr(float(number)).removesuffix("0") in text


@pytest.mark.parametrize("name", ["scalar", "no_elements", "rank_four", "not_a_number", "extremes"])
def test_a_case_of_any_shape_and_number_can_be_shown(generated: Path, name: str) -> None:
    result = gradspec("show", "--fixtures", generated, f"identity/float32/{name}")
    assert result.exit_code == 0, said(result)


@pytest.mark.parametrize("case_id", ["relu/float64/nonsense", "relu", "", "*"])
def test_show_of_an_unknown_case(generated: Path, case_id: str) -> None:
    impossible(gradspec("show", "--fixtures", generated, case_id), "there is no case")
