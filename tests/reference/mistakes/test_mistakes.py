"""The catalogue of known mistakes: each is found, and no two are the same."""

from __future__ import annotations

import itertools

import pytest

from effects import ALL, Effects, effects, of_layer
from gradspec.corpus.case import Case
from gradspec.diagnosis.known_mistakes import LARGEST_REST, rest
from gradspec_reference.layers import LAYERS
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.mistakes.mistake import Mistake
from gradspec_reference.numbers.formats import FORMATS

IDS = [f"{layer}-{mistake.name}" for layer, mistake in ALL]


def test_there_are_many_and_every_layer_has_some() -> None:
    assert list(MISTAKES) == list(LAYERS)
    assert len({mistake.name for _, mistake in ALL}) >= 60
    for own in MISTAKES.values():
        assert len(own) >= 8
        assert len({mistake.name for mistake in own}) == len(own)


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
            rest(tensor, b[case_id][path], by_id[case_id].interval(path), by_id[case_id].dtype) > LARGEST_REST
            for case_id, tensors in a.items()
            for path, tensor in tensors.items()
        )

    assert [pair for pair in itertools.combinations(found, 2) if not differ(found[pair[0]], found[pair[1]])] == []
