"""spec/sources.md: it names what exists, and its cases and rejections settle each erratum and each silent point."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import numpy as np
import pytest

from gradspec.corpus.case import Case
from gradspec.corpus.spec import InvalidInputError, layers
from gradspec.corpus.tensors import decode
from gradspec.verdict import rejections
from gradspec.verdict.judge import Expectation
from gradspec.verdict.rejections import Rejection
from paths import ROOT
from silent_points import SILENT
from sources_as_written import AS_WRITTEN, Formula, correct
from sources_on_rejections import ON_REJECTIONS, Code, softmax_loss

TEXT = (ROOT / "spec" / "sources.md").read_text()
TABLES, ERRATA_TEXT = TEXT.split("\n## Errata\n")
LABEL = re.compile(r"\b[A-Z]{2}-[A-Z]?[0-9]+\b")
CASE = re.compile(r"`([a-z_*]+/(?:\*|float32|float64)/[a-z0-9_*]+)`")
REJECTION = re.compile(r"`([a-z_]+/refusal/[a-z0-9_]+)`")
NOTHING = "No computable consequence."


@cache
def errata() -> dict[int, str]:
    parts = re.split(r"^\*\*ER-([0-9]+)\*\* ", ERRATA_TEXT, flags=re.MULTILINE)[1:]
    return {int(n): text for n, text in zip(parts[::2], parts[1::2], strict=True)}


@cache
def told_apart_by(number: int) -> list[str]:
    return CASE.findall(errata()[number].partition("Told apart by")[2])


@cache
def rejections_of(number: int) -> list[str]:
    return REJECTION.findall(errata()[number].partition("\nRefused: ")[2])


@cache
def rejections_by_id() -> dict[str, Rejection]:
    return {rejection.id: rejection for rejection in rejections.load()}


def matching(cases: list[Case], pattern: str) -> list[Case]:
    return [case for case in cases if fnmatchcase(case.id, pattern)]


def rows() -> list[str]:
    """Return the rows of the tables of statements."""
    _, _, statements = TABLES.partition("## Every statement")
    lines = [line for line in statements.splitlines() if line.startswith("|")]
    return [line for line in lines if not line.startswith(("| ---", "| statement", "| point"))]


def silent_points() -> dict[str, str]:
    """Return the rows on which all sources are silent, with their last cell."""
    _, _, table = TABLES.partition("### What no source says")
    cells = [line.split(" | ") for line in table.splitlines() if line.startswith("| ") and "| point" not in line]
    return {row[0].removeprefix("| "): row[-1] for row in cells if row[0] != "| ---"}


def accepted(case: Case, answer: Mapping[str, Any]) -> bool:
    """Judge the tensors that there are; a wrong shape is a rejection."""
    known = dict(case.outputs) | {f"d{k}": v for k, v in case.gradients.items()}
    assert set(answer) <= set(known)
    assert answer
    if any(answer[k].shape != known[k].value.shape for k in answer):
        return False
    asked = {k: known[k] for k in answer}
    rounded = {k: np.asarray(v, dtype=case.dtype) for k, v in answer.items()}
    return not Expectation(asked, case.dtype).judge(rounded).findings


def test_every_label_is_defined() -> None:
    pages = "\n".join(path.read_text() for path in ROOT.glob("spec/**/*.md"))
    known = set(re.findall(r"\*\*([A-Z]{2}-[A-Z]?[0-9]+)\*\*", pages))
    known |= {clause for layer in layers().values() for clause in layer.clauses}
    assert set(LABEL.findall(TEXT)) - known == set()


def test_every_case_named_exists(cases: list[Case]) -> None:
    patterns = CASE.findall(TEXT)
    assert len(patterns) > 100
    assert [p for p in patterns if not matching(cases, p)] == []


def test_every_rejection_named_exists() -> None:
    named = REJECTION.findall(TEXT)
    assert len(named) > 10
    assert set(named) - set(rejections_by_id()) == set()


def test_every_statement_has_a_clause_and_a_case_or_an_erratum() -> None:
    found = rows()
    assert len(found) > 130
    for row in found:
        cells = re.split(r"(?<!\\)\|", row)
        assert len(cells) == 5, row
        assert LABEL.search(cells[2]), row
        assert CASE.search(cells[3]) or REJECTION.search(cells[3]) or "ER-" in cells[3], row


def test_errata_are_numbered_and_used() -> None:
    assert list(errata()) == list(range(1, len(errata()) + 1))
    assert len(errata()) > 20
    used = {int(n) for row in rows() for n in re.findall(r"ER-([0-9]+)", row)}
    assert used == set(errata())


def test_every_erratum_says_how_it_is_told_apart() -> None:
    for number, text in errata().items():
        body = text.partition("\n### ")[0].rstrip()
        settled = bool(told_apart_by(number) or rejections_of(number))
        assert settled != body.endswith(NOTHING), number
        assert sorted(told_apart_by(number)) == sorted(AS_WRITTEN.get(number, ())), number
        assert sorted(rejections_of(number)) == sorted(ON_REJECTIONS.get(number, ())), number


def test_every_case_tagged_erratum_settles_one(cases: list[Case]) -> None:
    patterns = [p for number in errata() for p in told_apart_by(number)]
    tagged = [case.id for case in cases if "erratum" in case.tags]
    assert tagged
    assert [i for i in tagged if not any(fnmatchcase(i, p) for p in patterns)] == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("number", "pattern", "formula"),
    [
        pytest.param(number, pattern, formula, id=f"ER-{number}-{pattern}")
        for number, formulas in AS_WRITTEN.items()
        for pattern, formula in formulas.items()
    ],
)
def test_the_cases_tell_source_and_spec_apart(number: int, pattern: str, formula: Formula, cases: list[Case]) -> None:
    asked = matching(cases, pattern)
    assert {case.dtype for case in asked} == {"float32", "float64"}
    for case in asked:
        wrong, right = formula(case), correct(case)
        assert accepted(case, right), f"ER-{number}, {case.id}: the spec's formula does not pass"
        assert not accepted(case, wrong), f"ER-{number}, {case.id}: the source's formula passes"


def inputs_of(rejection: Rejection) -> dict[str, Any]:
    return {name: decode(tensor, name) for name, tensor in rejection.request["inputs"].items()}


@pytest.mark.parametrize(
    ("number", "name", "code"),
    [
        pytest.param(number, name, code, id=f"ER-{number}-{name}")
        for number, codes in ON_REJECTIONS.items()
        for name, code in codes.items()
    ],
)
def test_the_source_answers_what_is_refused(number: int, name: str, code: Code) -> None:
    rejection = rejections_by_id()[name]
    asked = rejection.request
    inputs, given = inputs_of(rejection), {k: decode(t, k) for k, t in asked["cotangents"].items()}
    with pytest.raises(InvalidInputError):
        layers()[rejection.layer].check(asked["dtype"], asked["attributes"], inputs, given, asked["gradients"])
    assert rejection.clause in LABEL.findall(errata()[number])
    answer = code(inputs)
    assert all(np.isfinite(tensor).all() for tensor in answer.values()), name


def test_a_mask_selects_a_class() -> None:
    scores = np.array([[1.0, 2.0, 4.0], [3.0, 0.0, 1.0], [0.0, 0.0, 5.0]])
    mask, same = softmax_loss(scores, np.array([False, True, False])), softmax_loss(scores, np.array([1, 1, 1]))
    assert mask["loss"] == same["loss"]
    assert np.array_equal(mask["dy2"], same["dy2"])


def test_every_silent_point_has_what_its_row_says() -> None:
    found = {point: CASE.findall(cell) for point, cell in silent_points().items()}
    assert {point: sorted(patterns) for point, patterns in found.items() if patterns} == {
        point: sorted(formulas) for point, formulas in SILENT.items()
    }
    assert all(found[point] or REJECTION.search(cell) for point, cell in silent_points().items())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("pattern", "formula"),
    [
        pytest.param(pattern, formula, id=f"{point}-{pattern}")
        for point, formulas in SILENT.items()
        for pattern, formula in formulas.items()
    ],
)
def test_the_cases_reject_the_contrary(pattern: str, formula: Formula, cases: list[Case]) -> None:
    asked = matching(cases, pattern)
    assert {case.dtype for case in asked} == {"float32", "float64"}
    for case in asked:
        assert accepted(case, correct(case)), case.id
        assert not accepted(case, formula(case)), case.id
