"""Bounds under a profile: what is written is read, what contradicts itself is refused [FX-19]."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from gradspec.corpus import contract, fixture
from gradspec.corpus.case import FLUSH, Case, Interval
from gradspec.corpus.files import FixtureError

LO, VALUE, HI = (np.array([x]) for x in (0.5, 1.0, 1.5))
WIDE = Interval(VALUE, LO, HI, {FLUSH: (LO - 1, HI)})


def case_of(interval: Interval, unproven: tuple[str, ...] = ()) -> Case:
    x = {"x": VALUE}
    gradients, attributes = {"x": Interval(VALUE, VALUE, VALUE)}, {}
    return Case(
        "relu",
        "float64",
        "one",
        "Why.",
        attributes,
        ("RE-1",),
        (),
        x,
        {"y": VALUE},
        {"y": interval},
        gradients,
        unproven,
    )


def through_a_file(path: Path, case: Case, edit: Callable[[Any], None] = lambda group: None) -> Case:
    fixture.write(path / "relu.h5", "relu", [case])
    with h5py.File(path / "relu.h5", "r+") as file:
        edit(file["float64/one"])
    (found,) = fixture.read(path / "relu.h5")
    return found


def test_the_bounds_are_those_of_the_profile_where_it_has_its_own() -> None:
    assert WIDE.under(FLUSH).lo == LO - 1
    assert WIDE.under(FLUSH).hi == HI
    assert Interval(VALUE, LO, HI).under(FLUSH).lo == LO
    assert WIDE.passes(np.array([-0.25])).tolist() == [False]
    assert WIDE.under(FLUSH).passes(np.array([-0.25])).tolist() == [True]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = through_a_file(tmp_path, case_of(WIDE))
    assert found.digest == case_of(WIDE).digest
    under = found.under(FLUSH)
    assert under is not None
    assert under.outputs["y"].lo == LO - 1
    assert under.gradients["x"].lo == VALUE


def test_a_case_without_bounds_under_the_profile_says_so(tmp_path: Path) -> None:
    found = through_a_file(tmp_path, case_of(Interval(VALUE, LO, HI), (FLUSH,)))
    assert found.unproven == (FLUSH,)
    assert found.under(FLUSH) is None


def test_the_digest_covers_profiles() -> None:
    plain = case_of(Interval(VALUE, LO, HI))
    assert len({plain.digest, case_of(WIDE).digest, replace(plain, unproven=(FLUSH,)).digest}) == 3


def test_one_bound_without_the_other_is_refused() -> None:
    meta = case_of(WIDE).metadata()
    del meta["shapes"]["outputs/y/flush_to_zero/lo"]
    with pytest.raises(FixtureError, match="without the other bound"):
        contract.require_meta(meta, "relu/float64/one")


def test_bounds_where_there_are_none_are_refused() -> None:
    with pytest.raises(FixtureError, match="the case has none by its meta"):
        contract.require_meta(case_of(WIDE, (FLUSH,)).metadata(), "relu/float64/one")


@pytest.mark.parametrize(("lo", "hi"), [(0.75, 1.5), (0.5, 1.25), (np.nan, 1.5)])
def test_an_interval_that_does_not_hold_the_plain_one_is_refused(tmp_path: Path, lo: float, hi: float) -> None:
    narrow = Interval(VALUE, LO, HI, {FLUSH: (np.array([lo]), np.array([hi]))})
    with pytest.raises(FixtureError, match="under flush_to_zero does not hold"):
        through_a_file(tmp_path, case_of(narrow))


def test_a_profile_that_the_spec_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FixtureError):
        through_a_file(tmp_path, case_of(Interval(VALUE, LO, HI), ("fast_math",)))
