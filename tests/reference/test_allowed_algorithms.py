"""No correct variant of a layer is failed by any case."""

import itertools
import random

import pytest

from gradspec.corpus.load import load
from gradspec_reference.independent.arithmetic import LAYERS, Arithmetic
from gradspec_reference.independent.sums import Sequential
from gradspec_reference.independent.variants import BIAS, ROUTES, SUMS, fixed, mixed
from judging import Judge

DTYPES = ("float32", "float64")
CASES = load()
JUDGES = [Judge(case) for case in CASES if case.layer in LAYERS]
MIXTURES = 30


def mixtures() -> list[Arithmetic]:
    """Return combinations of ways that are chosen at random, but the same ones every time."""
    choose = random.Random(20).choice
    chosen = ([choose((None, *ways)) for ways in (SUMS, BIAS, *ROUTES)] for _ in range(MIXTURES))
    return [mixed(*filter(None, parts)) for parts in chosen]


def violations(variant: Arithmetic, dtype: str) -> list[str]:
    return [
        f"{judge.case.id} {finding.tensor}{list(finding.index)}: {finding.fraction:.3g} of the bound, {finding.got!r}"
        f" is not in [{finding.lo!r}, {finding.hi!r}]"
        for judge in JUDGES
        if judge.case.dtype == dtype
        for judgement in judge(variant.answer(judge.case)).values()
        for finding in judgement.findings
    ]


def test_every_layer_of_the_fixtures_is_written_anew() -> None:
    assert {case.layer for case in CASES} <= LAYERS.keys()


@pytest.mark.parametrize("part", [*SUMS[1:], *BIAS, *itertools.chain(*ROUTES)], ids=lambda part: part.__name__)
def test_way_gives_other_bits_than_the_plainest(part: type[Arithmetic]) -> None:
    plainest, other = mixed(Sequential), mixed(part, Sequential)
    assert any(
        tensor.tobytes() != plainest.answer(judge.case)[name].tobytes()
        for judge in JUDGES
        if judge.case.dtype == "float32"
        for name, tensor in other.answer(judge.case).items()
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("variant", fixed(), ids=lambda v: type(v).__name__)
def test_correct_variant_meets_every_interval(variant: Arithmetic, dtype: str) -> None:
    found = violations(variant, dtype)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("variant", mixtures(), ids=lambda v: type(v).__name__)
def test_mixture_of_correct_ways_meets_every_interval(variant: Arithmetic, dtype: str) -> None:
    found = violations(variant, dtype)
    assert not found, "\n".join(found)
