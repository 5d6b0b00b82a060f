"""The generator gives valid requests of every nasty kind, the same ones for the same seed."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from gradspec.corpus.spec import layers
from gradspec_reference.evaluate import Request
from gradspec_reference.fuzz import values
from gradspec_reference.fuzz.draw import Drawn, draw
from gradspec_reference.layers import LAYERS
from gradspec_reference.numbers.formats import FORMATS

EACH = 150
DRAWN = [draw(layer, dtype, 11, i) for layer, dtype in product(LAYERS, FORMATS) for i in range(EACH)]


def floats(request: Request) -> Iterator[np.ndarray]:
    return (a for group in (request.inputs, request.cotangents) for a in group.values() if a.dtype.kind == "f")


def count(holds: object) -> int:
    return sum(any(holds(a) for a in floats(d.request)) for d in DRAWN)  # type: ignore[operator]


def test_every_request_keeps_to_the_spec() -> None:
    for drawn in DRAWN:
        r = drawn.request
        layers()[r.layer].check(r.dtype, r.attributes, r.inputs, r.cotangents, r.gradients)


def test_the_same_number_gives_the_same_request_and_another_another() -> None:
    def content(drawn: Drawn) -> tuple[object, ...]:
        return drawn.kinds, *((a.shape, a.tobytes()) for a in floats(drawn.request))

    for i, drawn in list(enumerate(DRAWN))[::7]:
        assert content(draw(drawn.request.layer, drawn.request.dtype, 11, i % EACH)) == content(drawn)
    big = [draw("affine", "float64", seed, index) for seed, index in product((0, 2**32 - 1), (0, 1, 2**31))]
    assert len({content(d) for d in big}) == len(big)


def test_every_kind_of_values_is_drawn_often() -> None:
    kinds = Counter(kind for d in DRAWN for kind in d.kinds)
    everything = {
        *(values.GENTLE | values.WILD | values.LOGITS | values.PROBABILITIES | values.COTANGENTS | values.SPECIAL),
        "shifted",
    }
    assert kinds.keys() == everything
    assert min(kinds.values()) >= 20, kinds


def test_the_arrays_are_what_their_kinds_say() -> None:
    limits = {dtype: np.finfo(dtype) for dtype in FORMATS}

    def subnormal(a: np.ndarray) -> bool:
        return bool(((a != 0) & (abs(a) < limits[a.dtype.name].smallest_normal)).any())

    def huge(a: np.ndarray) -> bool:
        return bool((np.isfinite(a) & (abs(a) > limits[a.dtype.name].max / 8)).any())

    def neighbours(a: np.ndarray) -> bool:
        apart = abs(np.diff(np.sort(a.reshape(-1))))
        return bool(((apart > 0) & (apart <= 2 * np.spacing(abs(a).max()))).any()) if a.size > 1 else False

    with np.errstate(all="ignore"):
        assert count(subnormal) >= 300
        assert count(huge) >= 100
        assert count(neighbours) >= 100
        assert count(lambda a: a.size > 1 and (a == a.reshape(-1)[0]).all()) >= 300
        assert count(lambda a: a.size and (a == 0).all()) >= 100
        assert count(lambda a: a.size and (a != 0).any() and (a == 0).any()) >= 300
        assert count(lambda a: a.size and (a != 0).all() and (np.frexp(a)[0] ** 2 == 0.25).all()) >= 200
        assert count(lambda a: np.isinf(a).any()) >= 10
        assert count(lambda a: np.isnan(a).any()) >= 10


def test_cotangents_reach_what_is_allowed_and_no_further() -> None:
    cotangents = [a for d in DRAWN for a in d.request.cotangents.values()]
    for rank in (0, 1, 2):
        found = [np.abs(a).max() for a in cotangents if a.ndim == rank and a.size and np.isfinite(a).all()]
        assert max(found) == 2.0**20, rank
        assert sum(x > 2.0**14 for x in found) >= 20, rank
        assert sum(0 < x < 1e-37 for x in found) >= 5, rank
        assert sum(x == 0 for x in found) >= 5, rank


def test_sizes_layouts_reductions_labels_and_gradients_are_all_drawn() -> None:
    sizes = Counter(n for d in DRAWN for a in floats(d.request) for n in a.shape)
    assert min(sizes[n] for n in range(7)) >= 50
    assert sum(times for n, times in sizes.items() if 6 < n <= 40) >= 50
    assert max(sizes) <= 40
    attributes = Counter(pair for d in DRAWN for pair in d.request.attributes.items())
    for layout in ("rows", "columns"):
        assert attributes["layout", layout] >= 1000
    for reduction in ("none", "sum", "mean"):
        assert attributes["reduction", reduction] >= 500
    labels = [d.request.inputs["labels"] for d in DRAWN if "labels" in d.request.inputs]
    assert {0, 1, 2, 3, 4, 5} <= {int(y) for ys in labels for y in ys}
    asked = [(d.request.gradients, layers()[d.request.layer].differentiable) for d in DRAWN]
    assert sum(not some for some, _ in asked) >= 100
    assert sum(len(some) == len(every) for some, every in asked) >= 1000
    assert sum(0 < len(some) < len(every) for some, every in asked) >= 50


@pytest.mark.parametrize("layer", LAYERS)
def test_no_request_of_a_layer_is_drawn_twice(layer: str) -> None:
    contents = {
        (d.request.dtype, *((k, a.shape, a.tobytes()) for k, a in (d.request.inputs | d.request.cotangents).items()))
        for d in DRAWN
        if d.request.layer == layer and all(a.size > 1 for a in floats(d.request))
    }
    proper = [d for d in DRAWN if d.request.layer == layer and all(a.size > 1 for a in floats(d.request))]
    assert len(contents) > 0.95 * len(proper)
