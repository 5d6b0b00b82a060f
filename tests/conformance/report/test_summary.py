"""What a run allows to be claimed, and what it says of the rest."""

import json

import pytest

from gradspec.cli.check import REFERENCE
from gradspec.corpus.case import Case
from gradspec.corpus.schema import validator
from gradspec.report.document import document
from gradspec.report.summary import claim, unknown_to_the_spec
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict import rejections
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from harness import AMPLE, HARNESS, command, judged

pytestmark = HARNESS


@pytest.mark.parametrize(
    ("fault", "claimed"),
    [
        (
            "declares_an_unknown_layer",
            "identity, relu (float64, float32); affine (float64, float32; layout rows, columns)",
        ),
        ("declares_an_unknown_value", "identity (float64)"),
    ],
)
def test_nothing_is_claimed_of_what_was_not_asked(cases: list[Case], fault: str, claimed: str) -> None:
    supervisor, run = Supervisor(command(fault), AMPLE), Run(len(cases))
    check(run, supervisor, cases)
    supervisor.close()
    assert run.exit_code == 0
    n = len(run.selected)
    assert claim(run) == f"conforms to gradspec 1.1 on the {n} published cases: {claimed}"


def test_what_was_declared_and_the_spec_has_not_is_named(few: list[Case]) -> None:
    found = {}
    for fault in ("declares_an_unknown_layer", "declares_an_unknown_value", "none"):
        run = Run(len(few))
        supervisor = Supervisor(command(fault), AMPLE)
        check(run, supervisor, few)
        supervisor.close()
        found[fault] = unknown_to_the_spec(run)
    assert found == {
        "declares_an_unknown_layer": ["layer warp"],
        "declares_an_unknown_value": ["affine layout = diagonal", "affine speed = high"],
        "none": [],
    }


def test_a_part_of_the_corpus_allows_no_claim_of_the_rest(identity: list[Case]) -> None:
    run = judged(identity, AMPLE, "none")
    assert run.exit_code == 0
    assert not {"relu", "affine", "float32"} & set(claim(run).replace(",", " ").replace("(", " ").split())


def test_the_claim_says_what_was_run_and_nothing_else(cases: list[Case]) -> None:
    relu = [c for c in cases if c.layer in ("identity", "relu")]
    candidate = Supervisor(REFERENCE, 10)
    run = Run(total=len(cases))
    check(run, candidate, relu, [r for r in rejections.load() if r.layer == "relu"])
    candidate.close()
    assert run.exit_code == 0
    assert claim(run).startswith(f"conforms to gradspec 1.1 on the {len(relu)} published cases: ")
    assert "relu" in claim(run)
    assert not list(validator("report").iter_errors(json.loads(json.dumps(document(run, ["x"])))))
    run.partial = "the run was filtered"
    assert claim(run) == ""
