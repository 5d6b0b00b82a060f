"""Every wrong way of computing a layer is found, by the cases that were made to find it."""

import fnmatch

import numpy as np
import pytest

from corpus import CASES
from gradspec_reference.independent.arithmetic import LAYERS
from impostors import IMPOSTORS, Impostor
from judging import Judge

JUDGES = [Judge(case) for case in CASES if case.layer in LAYERS]

SHOWN = [(impostor, dtype) for impostor in IMPOSTORS for dtype in impostor.dtypes]


def rejecting(impostor: Impostor, dtype: str) -> set[str]:
    found = set()
    for judge in JUDGES:
        if judge.case.dtype == dtype:
            judgements = judge(impostor.arithmetic.answer(judge.case)).values()
            if any(judgement.findings for judgement in judgements):
                found.add(judge.case.id)
    return found


def test_faults_have_different_names() -> None:
    assert len({impostor.fault for impostor in IMPOSTORS}) == len(IMPOSTORS)


@pytest.mark.parametrize(("impostor", "dtype"), SHOWN, ids=lambda v: getattr(v, "fault", v))
def test_impostor_is_rejected_by_the_cases_made_for_it(impostor: Impostor, dtype: str) -> None:
    found = rejecting(impostor, dtype)
    assert found
    missed = [pattern for pattern in impostor.found_by if not fnmatch.filter(found, pattern)]
    assert not missed, f"not rejected by {missed}, but by {sorted(found)[:10]}"


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.case.id)
def test_nothing_but_nan_passes_only_where_nothing_else_is_expected(judge: Judge) -> None:
    answer = {name: np.full(shape, np.nan, judge.case.dtype) for name, shape in judge.shapes.items()}
    for name, judgement in judge(answer).items():
        assert bool(judgement.findings) == (not np.isnan(judge.expected[name].value).all())
