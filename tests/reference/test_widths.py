"""The widths of the intervals: a row for each tensor, as the spec prints them."""

from gradspec.corpus.case import Case
from gradspec_reference.widths import table
from paths import ROOT


def test_the_table_in_the_spec_is_what_the_command_prints(cases: list[Case]) -> None:
    text = (ROOT / "spec" / "accuracy.md").read_text()
    printed = text.split("<!-- widths -->\n")[1].split("\n<!-- /widths -->")[0]
    assert printed == table(cases)
