"""Every wrong way of computing a layer is found, by the cases that were made to find it."""

import fnmatch
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradspec.corpus.case import Interval
from gradspec.corpus.load import load
from gradspec.verdict.judge import Expectation
from gradspec_reference.independent.arithmetic import LAYERS
from impostors import IMPOSTORS, Impostor
from judging import Judge

JUDGES = [Judge(case) for case in load() if case.layer in LAYERS]
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


WIDTHS = {"float32": 32, "float64": 64}
SPECIAL = st.sampled_from([math.nan, math.inf, -math.inf])


def finite(dtype: str, low: float | None = None, high: float | None = None) -> st.SearchStrategy[float]:
    return st.floats(low, high, width=WIDTHS[dtype], allow_nan=False, allow_infinity=False)


def passes(x: float, value: float, lo: float, hi: float, dtype: str) -> bool:
    one = Interval(*(np.array([number]) for number in (value, lo, hi)))
    judgement = Expectation({"y": one}, dtype).judge({"y": np.array([x], dtype)})
    if np.isfinite([value - lo, hi - value]).all():  # else the fraction is inf / inf; the verdict does not use it
        assert (judgement.fraction <= 1) == (not judgement.findings)
    return not judgement.findings


def beyond(end: float, direction: float, dtype: str) -> float:
    with np.errstate(over="ignore"):
        return float(np.nextafter(np.array(end, dtype), np.array(direction, dtype)))


@pytest.mark.parametrize("dtype", WIDTHS)
@given(data=st.data())
def test_pass_rule_is_the_interval_to_the_last_bit(dtype: str, data: st.DataObject) -> None:
    # Hypothesis puts -0.0 below 0.0, `sorted` does not.
    lo, value, hi = sorted(data.draw(finite(dtype)) + 0.0 for _ in range(3))
    inside = data.draw(finite(dtype, lo, hi))
    outside = beyond(lo, -math.inf, dtype), beyond(hi, math.inf, dtype), math.nan, math.inf, -math.inf
    assert all(passes(x, value, lo, hi, dtype) for x in (lo, value, hi, inside))
    assert not any(passes(x, value, lo, hi, dtype) for x in outside)


@pytest.mark.parametrize("dtype", WIDTHS)
@given(data=st.data())
def test_pass_rule_has_nan_for_nan_and_infinity_for_infinity(dtype: str, data: st.DataObject) -> None:
    special, other = data.draw(SPECIAL), data.draw(finite(dtype) | SPECIAL)
    assume(not np.array_equal(special, other, equal_nan=True))
    assert passes(special, special, special, special, dtype)
    assert not passes(other, special, special, special, dtype)
