"""``gradspec list --coverage``: a row for each combination, and the holes counted."""

from pathlib import Path

import pytest
from rich.console import Console

from command_lines import gradspec, said
from gradspec.cli.coverage import coverage
from gradspec.corpus.case import Case


def shown(cases: list[Case]) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(coverage(cases))
    return captured.get()


def test_the_table_has_a_row_for_each_combination(cases: list[Case]) -> None:
    bias = [c for c in cases if c.layer == "bias"]
    rows = [line.split() for line in shown(bias).splitlines() if line.split()[:1] == ["bias"]]
    wanted = [[value, gradient] for value in ("rows", "columns") for gradient in ("x", "b")]
    assert [[row[3], row[4]] for row in rows] == wanted
    for row in rows:
        for dtype, count in zip(("float64", "float32"), row[5:], strict=True):
            own = [c for c in bias if c.dtype == dtype and c.attributes["layout"] == row[3] and row[4] in c.gradients]
            assert int(count) == len(own)


@pytest.mark.parametrize(("kept", "holes"), [("rows", 4), ("both", 0)])
def test_holes_are_counted(cases: list[Case], kept: str, holes: int) -> None:
    bias = [c for c in cases if c.layer == "bias" and kept in (c.attributes["layout"], "both")]
    assert f"8 combinations, {holes} without a case" in " ".join(shown(bias).split())


def test_the_command_prints_it(generated: Path) -> None:
    result = gradspec("list", "--coverage", "--layer", "relu", "--fixtures", generated)
    assert result.exit_code == 0
    assert "2 combinations, 0 without a case" in " ".join(said(result).split())
