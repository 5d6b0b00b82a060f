"""``gradspec-reference mistakes`` and ``serve --mistake``, as a person calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gradspec_reference.cli import main as reference
from gradspec_reference.mistakes import MISTAKES


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(reference, [*map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_mistakes_are_listed_with_what_was_done() -> None:
    lines = run("mistakes").output.splitlines()
    assert len(lines) == sum(map(len, MISTAKES.values()))
    assert any(line.startswith("relu/gate_open_at_zero\tThe gate was left open") for line in lines)
    assert any("(not in float32: a float32 passes through float32 unchanged)" in line for line in lines)


def test_the_matrix_says_which_case_and_which_check_finds_what(tmp_path: Path) -> None:
    goal = tmp_path / "matrix.json"
    assert run("mistakes", "--matrix", "--layer", "relu", "--format", "json", "-o", goal).exit_code == 0
    document = json.loads(goal.read_text())
    own = {m["mistake"]: m for m in document["matrix"] if m["dtype"] == "float64"}
    assert own.keys() == {m.name for m in MISTAKES["relu"]}
    gate = own["gate_open_at_zero"]["rejected"]
    kinks = {
        "kink_at_negative_zero",
        "kink_at_positive_zero",
        "kink_everywhere",
        "integer_lattice",
        "infinite_cotangent",
    }
    assert {case for case, checks in gate.items() if "gradspec" in checks} == kinks
    assert not any("differences" in checks for checks in gate.values())  # at a kink they cry wolf over the right answer
    assert document["rates"]["gradspec"]["mistakes"] == document["rates"]["gradspec"]["of_mistakes"] == len(own)
    assert document["rates"]["differences"]["mistakes"] < len(own)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_matrix_can_be_read_by_people(form: str) -> None:
    text = run("mistakes", "--matrix", "--layer", "identity", "--format", form).output
    for mistake in MISTAKES["identity"]:
        assert mistake.name in text
    assert "sign_of_zero_lost" in text
    assert "np.allclose" in text
    assert "100.0%" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["serve", "--mistake", "relu/none"],
            "there is no known mistake relu/none; `gradspec-reference",
        ),
        (["mistakes", "--format", "json"], "--format and --output go with --matrix"),
        (["mistakes", "--matrix", "--layer", "relu", "-o", "/nonexistent/x"], "/nonexistent is no directory"),
        (["mistakes", "--layer", "warp"], "Invalid value for '--layer'"),
    ],
)
def test_wrong_words_are_refused_with_a_sentence(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, words in result.output) == (2, True), result.output
