"""The widths of the intervals: a row for each tensor, as the spec prints them."""

import numpy as np
import pytest

from gradspec.corpus.case import Case, Interval
from gradspec_reference.numbers.formats import FLOAT32, FLOAT64
from gradspec_reference.widths import caught, figures, table
from paths import ROOT


def test_the_table_in_the_spec_is_what_the_command_prints(cases: list[Case]) -> None:
    text = (ROOT / "spec" / "accuracy.md").read_text()
    printed = text.split("<!-- widths -->\n")[1].split("\n<!-- /widths -->")[0]
    assert printed == table(cases)


def interval(value: list[float], lo: list[float], hi: list[float]) -> Interval:
    return Interval(*(np.array(x) for x in (value, lo, hi)))


def test_the_least_error_is_that_of_the_sharpest_element_in_each_direction() -> None:
    u = 2.0**-53
    one = interval([1.0, -1.0], [1.0 - 8 * u, -1.0 - 16 * u], [1.0 + 40 * u, -1.0 + 4 * u])
    away, towards = caught(one, FLOAT64)
    assert away == pytest.approx(18)  # the second element, one ULP beyond its lo
    assert towards == pytest.approx(5)  # the second element, one ULP of what is below 1 beyond its hi


def test_a_point_catches_one_ulp_and_what_is_not_normal_catches_nothing() -> None:
    assert caught(interval([1.5], [1.5], [1.5]), FLOAT32) == (pytest.approx(4 / 3), pytest.approx(4 / 3))
    assert caught(interval([0.0, np.nan], [0.0, np.nan], [0.0, np.nan]), FLOAT32) == (np.inf, np.inf)


def test_a_sign_is_open_where_both_signs_pass() -> None:
    both = interval([1.0, 1.0, 0.0, 2.0], [-1.0, 0.0, 0.0, 1.0], [3.0, 2.0, 0.0, 3.0])
    assert figures([both], FLOAT64)[2] == "25.0 %"
