"""Views: every arrangement holds the same numbers, and a candidate that reads them wrongly is found."""

import sys
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus.case import Case, Interval
from gradspec.corpus.schema import validator
from gradspec.corpus.tensors import SMALLEST_INT64, decode
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec.verdict.views import ARRANGEMENTS, arranged, differs
from harness import AMPLE, HARNESS, failures
from paths import ROOT
from view_candidates import FAULTS

pytestmark = HARNESS

CANDIDATE = str(ROOT / "tests" / "support" / "view_candidates.py")


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
    dtype = draw(st.sampled_from(["float64", "float32", "int64"]))
    values = draw(st.sampled_from([[1], [1, 1, 2], [0, 3, -7]]))
    return np.resize(np.array(values, dtype), shape)


@given(arrays(), st.sampled_from(ARRANGEMENTS), st.sampled_from(["base64", "list"]))
def test_a_view_is_the_same_numbers(array: Any, arrangement: str, encoding: str) -> None:
    tensor = orjson.loads(orjson.dumps(arranged(array, encoding, arrangement)))
    assert validator("tensor").is_valid(tensor)
    back = decode(tensor, encoding=encoding)
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())


X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("array", "arrangement", "strides", "offset", "data"),
    [
        (X, "transposed", [1, 2], 0, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]),
        (np.ones((2, 3)), "repeated", [0, 0], 0, [1.0]),
        (np.ones((2, 1)) * [1.0, 2.0], "repeated", [0, 1], 0, [1.0, 2.0]),
        (np.array([-0.0, 0.0]), "repeated", [1], 0, [-0.0, 0.0]),
        (np.array([7]), "sliced", [2], 1, [SMALLEST_INT64, 7, SMALLEST_INT64, SMALLEST_INT64, SMALLEST_INT64]),
        (np.float64(3.0).reshape(()), "sliced", [], 1, ["NaN", 3.0, "NaN"]),
    ],
)
def test_an_arrangement_lies_in_memory_as_it_says(
    array: Any, arrangement: str, strides: list[int], offset: int, data: list[Any]
) -> None:
    tensor = arranged(array, "list", arrangement)
    assert (tensor["strides"], tensor["offset"], tensor["data"]) == (strides, offset, data)


def test_what_no_index_reaches_is_nan_and_lies_along_every_axis() -> None:
    tensor = arranged(X, "list", "sliced")
    assert tensor["data"].count("NaN") == len(tensor["data"]) - X.size
    assert [stride > wanted for stride, wanted in zip(tensor["strides"], [3, 1], strict=True)] == [True, True]


def test_an_arrangement_is_asked_only_where_it_differs() -> None:
    assert [differs([X], a) for a in ARRANGEMENTS] == [True, True, False]
    assert [differs([np.ones(4)], a) for a in ARRANGEMENTS] == [False, True, True]
    assert [differs([np.ones((0, 3))], a) for a in ARRANGEMENTS] == [False, False, False]


@pytest.mark.parametrize("encoding", ["base64", "list"])
@pytest.mark.parametrize("fault", FAULTS)
def test_who_reads_views_wrongly_is_found_by_them_alone(cases: list[Case], fault: str, encoding: str) -> None:
    row = np.tile([1.0, 2.0], (3, 1))
    same = {"x": Interval(row, row, row)}
    repeated = Case(
        "identity", "float64", "repeated_row", "", {}, (), (), {"x": row}, {"y": row}, {"y": same["x"]}, same
    )
    some = [repeated, *(c for c in cases if c.layer in ("identity", "relu", "affine"))]
    candidate, run = Supervisor([sys.executable, CANDIDATE, fault, encoding], AMPLE), Run(len(some))
    check(run, candidate, some, keep_going=True)
    candidate.close()
    found = {name for _, name in failures(run)}
    assert found <= {f"{a} views" for a in ARRANGEMENTS}
    assert bool(found) == (fault != "none")
