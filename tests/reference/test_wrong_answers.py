"""The catalogue of known mistakes: each is found, no two are the same, and the fixtures hold what they give."""

from __future__ import annotations

import dataclasses
import itertools
import re
from pathlib import Path

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus import fixture
from gradspec.corpus import wrong_answers as wrong_answers
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.wrong_answers import WrongAnswer
from gradspec.diagnosis.known_mistakes import ALIKE, rest
from gradspec_reference import wrong_answers as catalogue
from gradspec_reference.generate import verify
from gradspec_reference.layers import LAYERS
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.mistakes.mistake import Mistake
from gradspec_reference.numbers.formats import FORMATS
from gradspec_reference.numbers.portable import Portable
from gradspec_reference.wrong_answers import CatalogueError, answer, failing
from paths import ROOT

ALL = [(layer, mistake) for layer, own in MISTAKES.items() for mistake in own]
IDS = [f"{layer}-{mistake.name}" for layer, mistake in ALL]
Effects = dict[str, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def stored(cases: list[Case]) -> dict[str, list[WrongAnswer]]:
    return wrong_answers.read(FIXTURES, [(c.layer, c.dtype, c.name) for c in cases])


def effects(mistake: Mistake, cases: list[Case]) -> Effects:
    """Return by case and path what a mistake puts outside the intervals, in NumPy's floats."""
    with mistake.made():
        answers = {case.id: answer(case) for case in cases}
    found = {c.id: {path: answers[c.id][path] for path in failing(c, answers[c.id])} for c in cases}
    return {case_id: tensors for case_id, tensors in found.items() if tensors}


def of_layer(cases: list[Case], layer: str) -> list[Case]:
    return [case for case in cases if case.layer == layer]


def test_there_are_many_and_every_layer_has_some() -> None:
    assert list(MISTAKES) == list(LAYERS)
    assert len({mistake.name for _, mistake in ALL}) >= 60
    for own in MISTAKES.values():
        assert len(own) >= 8
        assert len({mistake.name for mistake in own}) == len(own)


def test_the_readme_counts_right() -> None:
    different = len({mistake.name for _, mistake in ALL})
    text = (ROOT / "conformance" / "README.md").read_text()
    assert f"There are {len(MISTAKES)} layers, " in text
    assert f"The catalogue has {len(ALL)} known mistakes with {different} different names.\n" in text


@pytest.mark.parametrize(("layer", "mistake"), ALL, ids=IDS)
def test_every_mistake_is_found_in_every_dtype_or_the_catalogue_says_why_not(
    cases: list[Case], layer: str, mistake: Mistake
) -> None:
    dtypes = {case_id.split("/")[1] for case_id in effects(mistake, of_layer(cases, layer))}
    assert dtypes == set(mistake.dtypes)
    assert bool(mistake.lost_in_rounding) == (dtypes != set(FORMATS))


@pytest.mark.parametrize("layer", MISTAKES)
def test_no_two_mistakes_of_a_layer_have_the_same_effect_on_every_case(cases: list[Case], layer: str) -> None:
    own = of_layer(cases, layer)
    by_id = {case.id: case for case in own}
    found = {mistake.name: effects(mistake, own) for mistake in MISTAKES[layer]}

    def differ(a: Effects, b: Effects) -> bool:
        if {i: set(t) for i, t in a.items()} != {i: set(t) for i, t in b.items()}:
            return True
        return any(
            rest(tensor, b[case_id][path], by_id[case_id].interval(path), by_id[case_id].dtype) > ALIKE
            for case_id, tensors in a.items()
            for path, tensor in tensors.items()
        )

    assert [pair for pair in itertools.combinations(found, 2) if not differ(found[pair[0]], found[pair[1]])] == []


def test_a_mistake_is_unmade_whatever_happens(cases: list[Case]) -> None:
    before = {layer: (page.forward, page.backward) for layer, page in LAYERS.items()}
    with pytest.raises(ZeroDivisionError), MISTAKES["affine"][0].made():
        raise ZeroDivisionError
    for _, mistake in ALL:
        with mistake.made():
            pass
    assert before == {layer: (page.forward, page.backward) for layer, page in LAYERS.items()}


# What the fixtures hold.


def test_the_fixtures_hold_every_mistake_in_every_dtype_in_which_it_shows(stored: dict[str, list[WrongAnswer]]) -> None:
    held = {(case_id.split("/")[0], case_id.split("/")[1], m.name) for case_id, own in stored.items() for m in own}
    assert held == {(layer, dtype, mistake.name) for layer, mistake in ALL for dtype in mistake.dtypes}


def test_every_stored_tensor_lies_outside_its_interval_somewhere(
    cases: list[Case], stored: dict[str, list[WrongAnswer]]
) -> None:
    for case in cases:
        for told in stored[case.id]:
            assert told.tensors
            for path, tensor in told.tensors.items():
                i = case.interval(path)
                assert tensor.shape == i.value.shape
                inside = (i.lo <= tensor) & (tensor <= i.hi) | np.isnan(tensor) & np.isnan(i.value)
                if case.layer == "identity":
                    inside &= np.signbit(tensor) == np.signbit(i.value)
                assert not inside.all(), (case.id, told.name, path)


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
                assert rest(found[case.id][path], tensor, case.interval(path), case.dtype) <= ALIKE, (
                    case.id,
                    mistake.name,
                    path,
                )


def names(own: list[WrongAnswer]) -> set[str]:
    return {m.name for m in own}


def test_both_sentences_cite_clauses_that_exist(stored: dict[str, list[WrongAnswer]]) -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "spec").rglob("*.md"))
    defined = set(re.findall(r"\*\*([A-Z]{2}-[A-Z]?[0-9]+)\*\*", text))
    for own in stored.values():
        for told in own:
            assert told.clauses
            assert set(told.clauses) <= defined
            for sentence in (told.what, told.remedy):
                assert sentence.endswith(f"[{', '.join(told.clauses)}].")
                assert "\n" not in sentence


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


@pytest.mark.parametrize("dtype", FORMATS)
@given(data=st.data())
def test_portable_numbers_are_ieee_numbers(dtype: str, data: st.DataObject) -> None:
    width = 64 if dtype == "float64" else 32
    a, b = (np.dtype(dtype).type(data.draw(st.floats(width=width))) for _ in "ab")
    x, y = Portable.of(dtype, float(a)), Portable.of(dtype, float(b))
    with np.errstate(all="ignore"):
        for portable, native in ((x + y, a + b), (x - y, a - b), (x * y, a * b), (x / y, a / b), (-x, -a)):
            assert portable.x.dtype == native.dtype
            assert np.array_equal(portable.x, native, equal_nan=True)
    assert [x > y, x >= y, x < y, x <= y, x == y] == [a > b, a >= b, a < b, a <= b, a == b]


@pytest.mark.parametrize("dtype", FORMATS)
@given(data=st.data())
def test_portable_functions_are_correctly_rounded(dtype: str, data: st.DataObject) -> None:
    width = 64 if dtype == "float64" else 32
    number = data.draw(st.floats(-80, 80, width=width))
    with mpmath.workprec(400), flint.ctx.workprec(256):
        for got, true in (
            (Portable.of(dtype, number).exp(), mpmath.exp(number)),
            (abs(Portable.of(dtype, number)).log(), mpmath.log(abs(number)) if number else -mpmath.inf),
        ):
            if not mpmath.isfinite(true):
                assert float(got) == float(true)
                continue
            unit = float(np.spacing(abs(got.x)))
            assert abs(mpmath.mpf(float(got)) - true) <= mpmath.mpf(unit) / 2
