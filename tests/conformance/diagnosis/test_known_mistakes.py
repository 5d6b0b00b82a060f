"""How alike two answers are."""

from __future__ import annotations

import numpy as np
import pytest

from gradspec.corpus.case import Interval
from gradspec.diagnosis.known_mistakes import rest


def test_likeness_ignores_where_both_are_right() -> None:
    value = np.array([1.0, 2.0, 0.0])
    wide = np.array([0.1, 0.1, 0.0])
    interval = Interval(value, value - wide, value + wide)
    mistake = np.array([1.05, np.nan, 8.0])
    assert rest(np.array([0.95, np.nan, 8.0]), mistake, interval, "float64") == 0.0
    assert rest(np.array([0.95, np.nan, 8.4]), mistake, interval, "float64") == pytest.approx(0.05)
    assert rest(np.array([0.95, 2.0, 8.0]), mistake, interval, "float64") == np.inf
    assert rest(np.array([np.inf, np.nan, 8.0]), mistake, interval, "float64") == np.inf
