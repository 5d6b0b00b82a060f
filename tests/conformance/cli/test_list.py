"""``gradspec list``: every case and why it is there."""

from command_lines import gradspec, said
from gradspec.corpus.case import Case


def test_list_has_every_case_and_why(cases: list[Case]) -> None:
    result = gradspec("list")
    assert result.exit_code == 0
    assert said(result).splitlines() == [f"{case.id}\t{case.why}" for case in cases]
