"""The profile flush_to_zero: whoever flushes passes with it, and not without it."""

from __future__ import annotations

import numpy as np
import pytest

from gradspec.corpus.case import FLUSH, Case
from gradspec.corpus.spec import layers
from gradspec_reference.cases import CASES, questions
from gradspec_reference.evaluate import Request
from gradspec_reference.fuzz.draw import draw
from gradspec_reference.generate import prove_case
from gradspec_reference.independent.flushing import Flushing
from gradspec_reference.independent.sums import Fused, Sequential
from gradspec_reference.independent.variants import mixed
from gradspec_reference.numbers.formats import FORMATS
from gradspec_reference.prove import UnprovenError, flushed, prove
from judging import Judge

WAYS = [Flushing(), mixed(Flushing, Sequential), mixed(Flushing, Fused)]
DRAWN = 15  # requests of each layer and dtype


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [
        prove_case(layer, dtype, question)
        for layer in CASES
        for dtype, form in FORMATS.items()
        for question in questions(layer, form)
    ]


def fails(case: Case, way: Flushing) -> bool:
    return any(judgement.findings for judgement in Judge(case)(way.answer(case)).values())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: type(way).__name__)
def test_whoever_flushes_passes_under_the_profile(cases: list[Case], way: Flushing) -> None:
    asked = [case.under(FLUSH) for case in cases]
    assert not [case.id for case in asked if case is not None and fails(case, way)]


def test_whoever_flushes_fails_without_the_profile(cases: list[Case]) -> None:
    failing = {case.id for case in cases if fails(case, Flushing())}
    for dtype in FORMATS:
        assert {f"matmul/{dtype}/subnormal_results", f"squared_error/{dtype}/subnormal_squares"} <= failing
        assert f"identity/{dtype}/subnormals" in failing


def test_a_case_that_depends_on_flushing_has_no_bounds_under_the_profile(cases: list[Case]) -> None:
    unproven = [case for case in cases if case.unproven]
    assert [case.id for case in unproven] == [f"relu/{dtype}/smallest_magnitudes" for dtype in FORMATS]
    assert all(case.under(FLUSH) is None for case in unproven)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", [name for name in CASES if name != "identity"])
def test_random_requests_hold_what_is_flushed(layer: str, dtype: str) -> None:
    for index in range(DRAWN):
        request = draw(layer, dtype, 3, index).request
        scaled = tiny(request)
        try:
            found = flushed(scaled, prove(scaled))
        except UnprovenError:
            continue
        if found is None:
            continue
        for way in WAYS:
            answer = way.answer(scaled)
            for kind, intervals in zip(("outputs", "gradients"), found, strict=True):
                for name, interval in intervals.items():
                    got = np.asarray(answer[f"{kind}/{name}"], np.float64)
                    assert interval.under(FLUSH).passes(got).all(), (layer, dtype, index, kind, name, got, interval)


def tiny(request: Request) -> Request:
    """Return a request with some of its numbers scaled to where they or their products are subnormal."""
    form = FORMATS[request.dtype]
    powers = {name: form.smallest_normal // (2 + i) for i, name in enumerate(layers()[request.layer].differentiable)}

    def scaled(name: str, array: np.ndarray) -> np.ndarray:
        return (array * 2.0 ** powers[name]).astype(array.dtype) if name in powers else array

    inputs = {name: scaled(name, array) for name, array in request.inputs.items()}
    return Request(request.layer, request.dtype, request.attributes, inputs, request.cotangents, request.gradients)
