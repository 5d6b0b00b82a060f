"""A profile widens what its words say: who flushes to zero passes with it, fails without it, and says so."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from command_lines import check, said
from gradspec.corpus.case import FLUSH, Case
from gradspec.corpus.schema import validator
from gradspec.verdict.check import under
from paths import ROOT

FLUSHING = [sys.executable, str(ROOT / "tests" / "support" / "flushing_candidate.py")]


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    path = tmp_path_factory.mktemp("flushing") / "report.json"
    result = check("--json", path, "--", *FLUSHING, FLUSH, timeout=120)
    return result, json.loads(path.read_text())


def test_who_flushes_and_declares_it_conforms_and_the_claim_names_it(declared: Any, cases: list[Case]) -> None:
    result, document = declared
    assert result.returncode == 0, said(result)
    asked = sum(FLUSH not in case.unproven for case in cases)
    claim = said(result).splitlines()[-1]
    assert claim.startswith(f"conforms to gradspec 1.1 with the profile flush_to_zero on the {asked} published cases: ")
    assert document["claim"] == claim
    assert document["profiles"] == [FLUSH]
    validator("report").validate(document)


def test_a_case_without_bounds_under_the_profile_is_not_asked(declared: Any, cases: list[Case]) -> None:
    _, document = declared
    unproven = {case.id for case in cases if FLUSH in case.unproven}
    assert unproven
    assert document["skipped"] == {"no bounds under flush_to_zero": len(unproven)}
    assert not unproven & {r["case"] for r in document["results"]}


def test_who_flushes_and_does_not_declare_it_fails_where_numbers_are_subnormal(cases: list[Case]) -> None:
    result = check("--layer", "matmul", "--layer", "identity", "--keep-going", "--", *FLUSHING)
    assert result.returncode == 1
    assert "FAILED matmul/float64/subnormal_results" in said(result)


def test_a_profile_that_the_spec_has_not_is_no_hello(tmp_path: Path) -> None:
    result = check("--layer", "relu", "--", *FLUSHING, "division_2ulp")
    assert result.returncode == 2
    assert "no hello of protocol 1" in said(result)


def test_a_case_under_no_profile_is_the_case_itself(cases: list[Case]) -> None:
    assert under((), cases[0]) is cases[0]
