"""There are enough cases, each says why it is there, and they tell right from nearly right."""

from gradspec.corpus.case import Case
from gradspec.verdict.judge import Expectation
from gradspec_reference.cases import CASES
from gradspec_reference.numbers.formats import FORMATS


def test_there_are_enough_cases_and_each_says_why(cases: list[Case]) -> None:
    for layer in CASES:
        for dtype in FORMATS:
            found = [c for c in cases if (c.layer, c.dtype) == (layer, dtype)]
            assert len(found) >= (10 if layer == "identity" else 12), (layer, dtype)
            assert len({c.why for c in found}) == len(found)
            assert all(c.why and c.clauses for c in found)


def test_cotangents_are_not_uniform(cases: list[Case]) -> None:
    for case in cases:
        for c in case.cotangents.values():
            assert c.size < 2 or len(set(c.reshape(-1).tolist())) > 1, case.id
            assert c.ndim or float(c) != 1.0, case.id


def test_a_relative_error_of_1e_12_is_caught_in_every_layer(cases: list[Case]) -> None:
    for layer in set(CASES) - {"identity"}:
        caught = 0
        for case in (c for c in cases if c.layer == layer and c.dtype == "float64" and c.gradients):
            answer = {k: i.value * (1 + 1e-12) for k, i in (case.outputs | case.gradients).items()}
            caught += bool(Expectation(case.outputs | case.gradients, case.dtype).judge(answer).findings)
        assert caught, layer
