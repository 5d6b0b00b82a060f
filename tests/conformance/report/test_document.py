"""The JSON report: it keeps to its schema, and counts what was run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from command_lines import ONE, WRONG, check, reported, said
from gradspec.corpus.case import Case
from gradspec.corpus.schema import validator
from gradspec.verdict.variants import variants
from paths import ROOT


def test_the_report_of_a_run_that_passed_counts_right(tmp_path: Path, cases: list[Case]) -> None:
    code, document = reported(tmp_path, "--layer", "identity", "--dtype", "float64")
    asked = [case for case in cases if (case.layer, case.dtype) == ("identity", "float64")]
    n, total = len(asked), len(cases)
    assert (code, document["complete"]) == (0, True)
    assert document["summary"] == {"cases": total, "run": n, "passed": n, "failed": 0, "skipped": total - n}
    assert document["skipped"] == {"filtered out": total - n}
    assert {(r["case"], r["variant"]) for r in document["results"]} == {
        (case.id, p.name) for case in asked for p in variants(case, ["views"])
    }


def test_the_report_of_a_run_that_failed_counts_right(tmp_path: Path, cases: list[Case]) -> None:
    code, document = reported(tmp_path, "--layer", "relu", "--", *WRONG)
    failed = {r["case"] for r in document["results"] if r["verdict"] != "passed"}
    summary, skipped = document["summary"], document["skipped"]
    n = len([case for case in cases if (case.layer, case.dtype) == ("relu", "float64")])
    assert code == 1
    assert (summary["run"], summary["failed"], summary["passed"]) == (n, len(failed), n - len(failed))
    assert 0 < len(failed) < n
    assert sum(skipped.values()) == summary["skipped"] == summary["cases"] - n
    assert skipped["dtype float32 not declared"] == n


def test_the_report_of_a_command_that_is_not_utf_8(generated: Path, tmp_path: Path) -> None:
    serve = "from gradspec_reference.serve import main; main()"
    command = (sys.executable, "-c", serve, os.fsdecode(b"\xff"))
    result = check("--fixtures", generated, "--json", tmp_path / "report.json", *ONE, "--", *command)
    said(result)
    assert result.returncode == 0
    assert validator("report").is_valid(json.loads((tmp_path / "report.json").read_text()))


def test_the_json_report_has_the_account_and_keeps_to_its_schema(tmp_path: Path) -> None:
    adapter = ROOT / "conformance" / "adapters" / "numpy" / "candidate.py"
    code, document = reported(tmp_path, "--layer", "relu", "--", sys.executable, adapter)
    (of_relu,) = document["accounts"]
    assert (code, of_relu["layer"], of_relu["where"]) == (1, "relu", "fails exactly the cases with the tag kink.")
    (gate,) = of_relu["explanations"]
    assert (gate["name"], gate["known"], len(gate["matched"]), gate["shown"]) == ("gate_open_at_zero", True, 4, 4)
    failed = {r["case"] for r in document["results"] if r["verdict"] == "wrong"}
    assert {*gate["matched"], *gate["consistent"]} == failed
