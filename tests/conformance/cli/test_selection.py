"""Cases are selected by layer, dtype, tag and name; a selection of nothing is an error."""

from pathlib import Path
from typing import Any

import pytest

from command_lines import gradspec, impossible, said
from gradspec.corpus.case import Case


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--layer", "rleu"], "there is no layer rleu"),
        (["--dtype", "float16"], "there is no dtype float16"),
        (["--tag", "nonsense"], "there is no tag nonsense"),
        (["--case", "nonsense*"], "no case matches"),
        (["--layer", "relu", "--case", "identity/*"], "no case matches"),
        (["--fixtures", "/nonexistent"], "manifest.json"),
    ],
)
@pytest.mark.parametrize("command", ["check", "list"])
def test_a_selection_of_nothing(generated: Path, command: str, arguments: list[str], words: str) -> None:
    impossible(gradspec(command, "--fixtures", generated, *arguments), words)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--layer", "relu"], lambda case: case.layer == "relu"),
        (["--layer", "relu", "--layer", "bias"], lambda case: case.layer in ("relu", "bias")),
        (["--dtype", "float32", "--layer", "bias"], lambda case: (case.layer, case.dtype) == ("bias", "float32")),
        (["--case", "*/no_elements"], lambda case: case.name == "no_elements"),
        (["--tag", "exact"], lambda case: "exact" in case.tags),
    ],
)
def test_list_filters(cases: list[Case], arguments: list[str], wanted: Any) -> None:
    ids = [line.split("\t")[0] for line in said(gradspec("list", *arguments)).splitlines()]
    assert ids == [case.id for case in cases if wanted(case)]
    assert ids
