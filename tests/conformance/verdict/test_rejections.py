"""What has to be refused is refused, and a candidate that does not refuse it fails by name."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from command_lines import gradspec
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict import rejections
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from hostile import match, refused

ALL = rejections.load()
REJECTIONS_OF_RELU = [r for r in ALL if r.layer == "relu"]
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


@pytest.mark.parametrize(
    ("reply", "verdict"), [(COMPUTES, "computed"), (RAISES, "error"), (UNSUPPORTED, "wrong_reason"), (DIES, "crash")]
)
def test_a_candidate_that_does_not_refuse_fails_by_name(tmp_path: Path, reply: str, verdict: str) -> None:
    script = tmp_path / "careless.py"
    script.write_text(CARELESS.format(reply=reply))
    candidate, run = Supervisor([sys.executable, str(script)], 10), Run(total=0)
    check(run, candidate, [], REJECTIONS_OF_RELU[:3])
    candidate.close()
    assert [r.verdict for r in run.rejected] == [verdict] * 3
    assert run.exit_code != 0


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda r: r.pop(), "the manifest"),
        (lambda r: r.__setitem__(0, r[1]), "the manifest"),
        (lambda r: r[0].update(layer="rleu"), "is of no layer"),
        (lambda r: r[0]["request"]["inputs"].update(x={"dtype": "float64", "shape": [9], "data": [1.0]}), "needs 9"),
        (lambda r: r[0]["request"]["inputs"].update(x={"dtype": "float64", "shape": [1], "data": [10**400]}), "float"),
        (lambda r: r[0]["request"]["inputs"].update(x={"same": "b"}), "is no list"),
        (lambda r: r[0].update(extra=1), "is no refusals"),
        (lambda r: r.clear(), "lists 0 requests"),
    ],
)
def test_rejections_that_cannot_be_asked(copied: Path, edit: Any, words: str) -> None:
    path = copied / "refusals.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    refused(copied, "not the file of the manifest", gradspec, "check")
    match(copied)
    refused(copied, words, gradspec, "check")
