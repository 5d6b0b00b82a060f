"""The reference's command line: help, lists, and a sentence for what cannot be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from command_lines import impossible, reference, said
from gradspec.corpus.case import Case
from gradspec_reference.mistakes import MISTAKES
from hostile import empty, replace_by_directory, truncate


@pytest.mark.parametrize("command", [[], ["generate"], ["verify"], ["serve"], ["mistakes"], ["tables"], ["list"]])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_gradspec_reference_has_help(command: list[str], option: str) -> None:
    result = reference(*command, option)
    assert (result.exit_code, said(result)[:6]) == (0, "Usage:")


@pytest.mark.parametrize("command", ["generate", "verify"])
def test_an_unknown_layer_of_the_reference(command: str) -> None:
    impossible(reference(command, "--layer", "rleu"), "rleu")


def test_the_reference_lists_its_layers(cases: list[Case]) -> None:
    counts = {line.partition(":")[0]: line for line in said(reference("list")).splitlines()}
    assert counts.keys() == {case.layer for case in cases}
    n = sum((case.layer, case.dtype) == ("relu", "float64") for case in cases)
    assert f"{n} float64" in counts["relu"]


@pytest.mark.parametrize("spoil", [truncate, empty, Path.unlink, replace_by_directory])
def test_the_reference_names_a_spoilt_fixture_file(copied: Path, spoil: Any) -> None:
    spoil(copied / "relu.h5")
    impossible(reference("verify", "--layer", "relu", "--fixtures", copied), "relu.h5")


def test_the_reference_needs_a_directory_of_fixtures(tmp_path: Path) -> None:
    impossible(reference("verify", "--fixtures", tmp_path / "none"), "manifest.json")


def test_the_mistakes_are_listed_with_what_was_done() -> None:
    lines = reference("mistakes").output.splitlines()
    assert len(lines) == sum(map(len, MISTAKES.values()))
    assert any(line.startswith("relu/gate_open_at_zero\tThe gate was left open") for line in lines)
    assert any("(not in float32: a float32 passes through float32 unchanged)" in line for line in lines)


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
    result = reference(*arguments)
    assert (result.exit_code, words in result.output) == (2, True), result.output
