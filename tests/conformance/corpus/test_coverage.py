"""The corpus has a case for everything that the spec has."""

from gradspec.corpus.case import Case
from gradspec.corpus.coverage import coverage_counts


def test_coverage_has_no_hole(cases: list[Case]) -> None:
    assert [key for key, count in coverage_counts(cases).items() if not count] == []
