"""The fast validator decides, the other one says why, and is not imported before."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gradspec.corpus.location import SPEC
from gradspec.corpus.schema import LARGEST_WORDED, SchemaError, require
from gradspec.corpus.spec import ContractError, layers, read_contract

TENSOR = {"dtype": "float64", "shape": [1], "data": [1.0]}
RESULT = {"kind": "result", "id": 1, "outputs": {"y": TENSOR}, "gradients": {}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seconds": 1}, "Additional properties are not allowed ('seconds' was unexpected)"),
        ({"kind": "results"}, "kind: 'result' was expected, got 'results'"),
        ({"outputs": {"y": TENSOR | {"shape": [-1]}}}, "outputs/y/shape/0: -1 is less than the minimum of 0"),
        ({"outputs": {"y": TENSOR | {"dtype": "f8"}}}, "outputs/y/dtype: 'f8' is not one of ['float64', 'float32']"),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_was_received(changes: dict[str, Any], sentence: str) -> None:
    require(RESULT, "result", 100)
    with pytest.raises(SchemaError) as caught:
        require(RESULT | changes, "result", 100)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("size", [100, LARGEST_WORDED + 1])
def test_a_document_is_refused_whichever_validator_finds_the_words(size: int) -> None:
    """To jsonschema, whose regular expressions are Python's, a name may end with a line feed."""
    for name, word in (("y\n", "does not match"), ("Y", "does not match")):
        with pytest.raises(SchemaError, match=word):
            require(RESULT | {"outputs": {name: TENSOR}}, "result", size)


def test_a_long_sentence_is_cut_and_is_one_line() -> None:
    with pytest.raises(SchemaError) as caught:
        require(RESULT | {"x" * 10_000: "\n\x1b[2J"}, "result", 100)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_a_long_value_leaves_room_for_the_rule() -> None:
    with pytest.raises(SchemaError, match=r"^outputs: \[\[.{58}\.\.\. is not of type 'object'$"):
        require(RESULT | {"outputs": [[1.5] * 1000]}, "result", 100)


def test_nothing_that_is_valid_pays_for_the_slow_validator() -> None:
    code = "import sys\nfrom gradspec.corpus.load import load\nload()\nassert 'jsonschema' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda d: d | {"inputs": "x"}, "inputs: 'x' is not of type 'array'"),
        (lambda d: {k: v for k, v in d.items() if k != "clauses"}, "'clauses' is a required property"),
        (lambda d: [], "[] is not of type 'object'"),
    ],
)
def test_a_contract_that_is_none_is_named(spoil: Any, words: str, tmp_path: Path) -> None:
    path = tmp_path / "relu.json"
    path.write_text(json.dumps(spoil(json.loads((SPEC / "layers" / "relu.json").read_text()))))
    with pytest.raises(ContractError) as caught:
        read_contract(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_contract_is_read_as_the_spec_has_it() -> None:
    assert read_contract(SPEC / "layers" / "relu.json") == layers()["relu"]
