"""A candidate with one setting is asked everything that it must refuse, in that setting."""

import itertools

import pytest

from gradspec.corpus.spec import InvalidInputError, layers
from gradspec.corpus.tensors import Message, decode
from gradspec.verdict import rejections
from gradspec.verdict.adapted import adapted
from gradspec.verdict.rejections import Rejection

ALL = rejections.load()


def declared(dtype: str, layout: str, reduction: str) -> dict[str, Message]:
    """Return what a candidate declares that has every layer in one dtype and one setting."""
    own = {"layout": layout, "reduction": reduction}
    return {
        layer: {"dtypes": [dtype], "attributes": {name: [own[name]] for name in spec.attributes}}
        for layer, spec in layers().items()
    }


def is_refused_by_its_contract(asked: Rejection) -> bool:
    """Tell whether the contract of the layer finds a fault in a request."""
    request = asked.request
    groups = ({name: decode(t, name) for name, t in request[g].items()} for g in ("inputs", "cotangents"))
    try:
        layers()[asked.layer].check(request["dtype"], request["attributes"], *groups, request["gradients"])
    except InvalidInputError:
        return True
    return False


@pytest.mark.parametrize(
    ("dtype", "layout", "reduction"),
    list(itertools.product(["float64", "float32"], ["rows", "columns"], ["mean", "sum", "none"])),
)
def test_every_fault_is_asked_in_every_setting(dtype: str, layout: str, reduction: str) -> None:
    own = declared(dtype, layout, reduction)
    asked = [adapted(r, own) for r in ALL]
    assert [r.id for r in asked if rejections.why_skipped(r, own)] == []
    assert [r.id for r in asked if not is_refused_by_its_contract(r)] == []
    changed = [r for r, before in zip(asked, ALL, strict=True) if r is not before]
    assert changed
    assert {r.request["dtype"] for r in changed} <= {"float64", "float32"}


def test_a_request_in_a_declared_setting_stays_as_it_is() -> None:
    everything = {
        layer: {"dtypes": ["float32", "float64"], "attributes": {n: list(v) for n, v in spec.attributes.items()}}
        for layer, spec in layers().items()
    }
    assert [adapted(r, everything) for r in ALL] == ALL


def test_a_candidate_that_names_no_setting_is_asked_in_the_default() -> None:
    own = {layer: {"dtypes": ["float64"]} for layer in layers()}
    asked = [adapted(r, own) for r in ALL]
    assert [r.id for r in asked if rejections.why_skipped(r, own)] == []
    assert [r.id for r in asked if not is_refused_by_its_contract(r)] == []


def test_a_layer_that_is_not_declared_is_not_asked() -> None:
    assert {rejections.why_skipped(adapted(r, {}), {}) for r in ALL} == {
        f"layer {layer} not declared" for layer in layers()
    }
