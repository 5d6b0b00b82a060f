"""The fixtures hold what the known mistakes give, and no mistake that shows nowhere."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from effects import ALL, effects, of_layer
from gradspec.corpus import fixture
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.wrong_answers import WrongAnswer
from gradspec.diagnosis.known_mistakes import LARGEST_REST, rest
from gradspec_reference import wrong_answers as catalogue
from gradspec_reference.generate import verify
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.wrong_answers import CatalogueError


def test_the_fixtures_hold_every_mistake_in_every_dtype_in_which_it_shows(stored: dict[str, list[WrongAnswer]]) -> None:
    held = {(case_id.split("/")[0], case_id.split("/")[1], m.name) for case_id, own in stored.items() for m in own}
    assert held == {(layer, dtype, mistake.name) for layer, mistake in ALL for dtype in mistake.dtypes}


def test_what_is_stored_is_what_the_mistake_gives_in_ordinary_floats(
    cases: list[Case], stored: dict[str, list[WrongAnswer]]
) -> None:
    by_id = {case.id: case for case in cases}
    for layer, mistake in ALL:
        holding = [by_id[i] for i, own in stored.items() if i.startswith(f"{layer}/") and mistake.name in names(own)]
        found = effects(mistake, holding)
        for case in holding:
            (told,) = (m for m in stored[case.id] if m.name == mistake.name)
            assert set(told.tensors) == set(found[case.id]), (case.id, mistake.name)
            for path, tensor in told.tensors.items():
                assert rest(found[case.id][path], tensor, case.interval(path), case.dtype) <= LARGEST_REST, (
                    case.id,
                    mistake.name,
                    path,
                )


def names(own: list[WrongAnswer]) -> set[str]:
    return {m.name for m in own}


def test_a_mistake_that_shows_nowhere_is_refused(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    none = dataclasses.replace(MISTAKES["relu"][0], name="none", replaced=())
    monkeypatch.setitem(MISTAKES, "relu", [none])
    with pytest.raises(CatalogueError, match="relu/none shows on no case of float"):
        catalogue.wrong_answers("relu", of_layer(cases, "relu"))


def test_a_mistake_that_shows_where_it_is_said_not_to_is_refused(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MISTAKES, "relu", [dataclasses.replace(MISTAKES["relu"][0], dtypes=("float64",))])
    with pytest.raises(CatalogueError, match="shows, although the catalogue says that it does not of float32"):
        catalogue.wrong_answers("relu", of_layer(cases, "relu"))


def test_verify_finds_a_wrong_answer_that_was_changed(cases: list[Case], tmp_path: Path) -> None:
    relu = of_layer(cases, "relu")
    wrong = catalogue.wrong_answers("relu", relu)
    case_id = next(iter(wrong))
    first, *others = wrong[case_id]
    changed = dataclasses.replace(first, tensors={path: t + 1.0 for path, t in first.tensors.items()})
    for name in ("manifest.json", "refusals.json"):
        (tmp_path / name).write_bytes((FIXTURES / name).read_bytes())
    fixture.write(tmp_path / "relu.h5", "relu", relu, {**wrong, case_id: [changed, *others]})
    _, differences = verify(tmp_path, ["relu"])
    assert f"{case_id}: mistakes/{first.name} differs" in differences


# Portable numbers.
