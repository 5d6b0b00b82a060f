"""A case that its layer's contract does not know is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradspec.corpus import fixture
from gradspec.corpus.case import Interval
from gradspec.corpus.files import FixtureError
from hostile import CASE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layer": "rleu"}, "the spec has no layer rleu"),
        ({"gradients": {}}, "cotangent"),
        ({"cotangents": {}}, "cotangent"),
        ({"inputs": {}}, "missing x"),
        ({"outputs": {}}, "no outputs"),
        ({"attributes": {"slope": "steep"}}, "unknown slope"),
        ({"cotangents": {"y": np.ones(3)}}, "must have its shape"),
        ({"inputs": {"x": np.ones((2, 3), np.int64)}}, "must be float64"),
    ],
)
def test_a_case_that_the_layers_contract_does_not_know(
    tmp_path: Path, tiny: Path, changes: dict[str, Any], words: str
) -> None:
    case = replace(next(c for c in fixture.read(tiny / "relu.h5") if c.id == f"relu/{CASE}"), **changes)
    fixture.write(tmp_path / f"{case.layer}.h5", case.layer, [case])
    with pytest.raises(FixtureError, match=words):
        list(fixture.read(tmp_path / f"{case.layer}.h5"))


@pytest.mark.parametrize(
    ("value", "lo", "hi"), [(2.0, 0.0, 1.0), (0.0, 1.0, 2.0), (np.nan, 0.0, 1.0), (0.0, np.nan, 1.0)]
)
def test_an_interval_without_its_value(tmp_path: Path, tiny: Path, value: float, lo: float, hi: float) -> None:
    case = next(c for c in fixture.read(tiny / "relu.h5") if c.id == f"relu/{CASE}")
    shape = case.inputs["x"].shape
    interval = Interval(*(np.full(shape, number) for number in (value, lo, hi)))
    fixture.write(tmp_path / "relu.h5", "relu", [replace(case, outputs={"y": interval})])
    with pytest.raises(FixtureError, match="does not hold its value"):
        list(fixture.read(tmp_path / "relu.h5"))
