"""``gradspec list --coverage``: a row for each setting, and the cells below their floor counted."""

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


def test_the_table_has_a_row_for_each_setting_with_the_smaller_count_of_the_dtypes(cases: list[Case]) -> None:
    bias = [c for c in cases if c.layer == "bias"]
    fewer = [c for c in bias if c.id != "bias/float32/odd_batch"]
    for given in (bias, fewer):
        rows = [line.split() for line in shown(given).splitlines() if line.split()[:1] == ["bias"]]
        assert [row[1] for row in rows] == ["rows", "columns"]
        for row in rows:
            own = [
                [c for c in given if (c.dtype, c.attributes["layout"]) == (d, row[1])] for d in ("float64", "float32")
            ]
            assert row[2:4] == [str(min(map(len, own))), str(min(sum(bool(c.gradients) for c in o) for o in own))]


@pytest.mark.parametrize(("kept", "low"), [("rows", 8), ("both", 0)])
def test_cells_below_their_floor_are_counted(cases: list[Case], kept: str, low: int) -> None:
    bias = [c for c in cases if c.layer == "bias" and kept in (c.attributes["layout"], "both")]
    assert f"16 cells, {low} below their floor (cases 4, gradients 3, " in " ".join(shown(bias).split())


def test_the_command_prints_it_and_cuts_no_word(generated: Path) -> None:
    result = gradspec("list", "--coverage", "--layer", "relu", "--fixtures", generated)
    assert result.exit_code == 0
    assert " 0 below their floor" in " ".join(said(result).split())
    assert "…" not in said(result)
