"""What has to be refused is refused, and a candidate that does not refuse it fails by name."""

import json
import sys
from pathlib import Path

import pytest

from gradspec.candidate import answer
from gradspec.cli.check import REFERENCE
from gradspec.corpus.case import Case
from gradspec.corpus.spec import layers, validator
from gradspec.report.document import document
from gradspec.report.summary import claim
from gradspec.transport.protocol import REQUESTS, dump, parse
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict import rejections as refusals
from gradspec.verdict.check import check
from gradspec.verdict.rejections import Rejection
from gradspec.verdict.run import Run

ALL = refusals.load()
REFUSALS_OF_RELU = [r for r in ALL if r.layer == "relu"]
CARELESS = """
import sys, json
NAME = {{"name": "careless", "version": "1", "language": "python"}}
LAYERS = {{"relu": {{"dtypes": ["float64"]}}}}
for line in sys.stdin:
    m = json.loads(line)
    if m["kind"] == "bye":
        break
    if m["kind"] == "hello":
        reply = {{"kind": "hello", "protocol": 1, "implementation": NAME, "layers": LAYERS, "encoding": "list"}}
    else:
        reply = {reply}
    print(json.dumps(reply), flush=True)
"""
COMPUTES = '{"kind": "result", "id": m["id"], "outputs": {}, "gradients": {}}'
RAISES = '{"kind": "error", "id": m["id"], "message": "IndexError"}'
UNSUPPORTED = '{"kind": "refusal", "id": m["id"], "reason": "unsupported", "message": "no"}'
DIES = "1 / 0"


@pytest.mark.parametrize("refusal", ALL, ids=lambda r: r.id)
def test_the_contract_refuses_it_with_a_clause_or_a_rule(refusal: Rejection) -> None:
    spec = layers()[refusal.layer]
    declared = {refusal.layer: {"dtypes": ["float64"], "attributes": spec.attributes}}
    for encoding in ("base64", "list"):
        request = parse(dump(refusal.message(1, encoding)), REQUESTS)
        reply = answer(request, {}, declared, encoding)
        assert (reply["kind"], reply["reason"]) == ("refusal", "invalid_input"), reply["message"]
        assert reply["message"].startswith(refusal.layer)


def test_every_layer_has_refusals_of_every_kind() -> None:
    for name, layer in layers().items():
        found = {r.id.split("/")[2] for r in ALL if r.layer == name}
        assert {"missing_input", "unknown_input", "unknown_attribute", "integer_input", "cotangent_missing"} <= found
        if any(t.name == "labels" for t in layer.inputs):
            wanted = {"label_too_large", "label_negative", "float_labels", "labels_as_column", "no_classes"}
            assert wanted <= found
        if "layout" in layer.attributes:
            assert "unknown_layout" in found
        if any(t.name == "b" for t in layer.inputs) and name != "matmul":
            assert {
                "b_as_row",
                "b_as_column",
                "b_rank_too_low",
                "b_one_along_" + layer.inputs[-2].shape[-1].lower(),
            } & found


def test_ids_are_unique() -> None:
    assert len({r.id for r in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("reply", "verdict"), [(COMPUTES, "computed"), (RAISES, "error"), (UNSUPPORTED, "wrong_reason"), (DIES, "crash")]
)
def test_a_candidate_that_does_not_refuse_fails_by_name(tmp_path: Path, reply: str, verdict: str) -> None:
    script = tmp_path / "careless.py"
    script.write_text(CARELESS.format(reply=reply))
    candidate, run = Supervisor([sys.executable, str(script)], 10), Run(total=0)
    check(run, candidate, [], REFUSALS_OF_RELU[:3])
    candidate.close()
    assert [r.verdict for r in run.rejected] == [verdict] * 3
    assert run.exit_code != 0


def test_the_claim_says_what_was_run_and_nothing_else(cases: list[Case]) -> None:
    relu = [c for c in cases if c.layer in ("identity", "relu")]
    candidate = Supervisor(REFERENCE, 10)
    run = Run(total=len(cases))
    check(run, candidate, relu, REFUSALS_OF_RELU)
    candidate.close()
    assert run.exit_code == 0
    assert claim(run).startswith("conforms to gradspec 1.0: ")
    assert "relu" in claim(run)
    assert not list(validator("report").iter_errors(json.loads(json.dumps(document(run, ["x"])))))
    run.partial = "the run was filtered"
    assert claim(run) == ""
