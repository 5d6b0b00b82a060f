"""Which case and which check finds which mistake."""

from __future__ import annotations

import json
from pathlib import Path

from command_lines import reference
from gradspec_reference.mistakes import MISTAKES


def test_the_matrix_says_which_case_and_which_check_finds_what(tmp_path: Path) -> None:
    goal = tmp_path / "matrix.json"
    assert reference("mistakes", "--matrix", "--layer", "relu", "--format", "json", "-o", goal).exit_code == 0
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
