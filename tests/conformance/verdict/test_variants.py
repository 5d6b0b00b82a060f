"""One case asked in many ways: a fault in one way is a failure of that way."""

import pytest

from gradspec.corpus.case import Case
from gradspec.verdict.variants import variants
from gradspec.verdict.views import ARRANGEMENTS
from harness import AMPLE, CULPRIT, HARNESS, failures, judged

pytestmark = HARNESS


@pytest.mark.parametrize("fault", ["segfaults", "wrong_id", "invalid_utf8", "wrong_shape"])
def test_a_fault_in_each_variant_fails_each_and_no_other_case(few: list[Case], fault: str) -> None:
    expected = {(CULPRIT, p.name) for c in few if c.id == CULPRIT for p in variants(c)}
    assert failures(judged(few, AMPLE, fault, "case")).keys() == expected


def test_only_who_declares_views_is_asked_for_them(cases: list[Case]) -> None:
    names = {p.name for case in cases for p in variants(case, ["views"])}
    assert names - {p.name for case in cases for p in variants(case)} == {f"{a} views" for a in ARRANGEMENTS}
