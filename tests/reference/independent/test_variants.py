"""The variants that take every freedom: as free as they say, and no freer."""

import ast

import numpy as np
import pytest

from gradspec_reference.evaluate import Request
from gradspec_reference.independent.arithmetic import Arithmetic
from gradspec_reference.independent.formulas import Tensors
from gradspec_reference.independent.variants import alone, anything, fixed, mixture, named
from paths import ROOT

SEEDS = range(60)


def request(layer: str, dtype: str, **inputs: object) -> Request:
    arrays = {k: np.array(v, "int64" if k == "labels" else dtype) for k, v in inputs.items()}
    attributes = {"layout": "rows"} | ({"reduction": "mean"} if "labels" in inputs else {})
    return Request(layer, dtype, attributes, arrays, {}, ())


def bits(answers: list[Tensors], name: str) -> set[bytes]:
    return {answer[name].tobytes() for answer in answers}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_anything_gives_different_bits_and_the_same_for_one_seed(dtype: str) -> None:
    x, w = np.random.default_rng(1).normal(size=(2, 7)), np.random.default_rng(2).normal(size=(7, 2))
    asked = request("affine", dtype, x=x.tolist(), w=w.tolist(), b=[0.1, 0.3])
    assert len(bits([anything(seed).answer(asked) for seed in SEEDS], "outputs/y")) > 5
    assert bits([anything(3).answer(asked), anything(3).answer(asked)], "outputs/y") == {
        anything(3).answer(asked)["outputs/y"].tobytes()
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_anything_is_exact_where_every_order_is(dtype: str) -> None:
    x, w = np.arange(-6, 6).reshape(2, 6), np.arange(-9, 9).reshape(6, 3)
    asked = request("affine", dtype, x=x.tolist(), w=w.tolist(), b=[5, -7, 0])
    for seed in SEEDS:
        assert (anything(seed).answer(asked)["outputs/y"] == x @ w + [5, -7, 0]).all()


def test_anything_reaches_what_a_wider_format_reaches_and_what_no_format_wider_does() -> None:
    asked = request("bias", "float32", x=[[1.0]], b=[2.0**-30])
    answers = [anything(seed).answer(asked)["outputs/y"] for seed in SEEDS]
    assert {a.dtype.name for a in answers} == {"float32"}
    asked = request("matmul", "float32", a=[[1.0, 2.0**-30, -1.0]], b=[[1.0], [1.0], [1.0]])
    found = {float(anything(seed).answer(asked)["outputs/y"][0, 0]) for seed in SEEDS}
    assert found == {0.0, 2.0**-30}


def test_exponentials_and_logarithms_are_off_by_nearly_what_is_allowed_and_by_no_more() -> None:
    x = np.array([0.3, -3.0, 11.0, -40.0])
    for name in ("Rough", "RoughBelow", "RoughApart"):
        variant: Arithmetic = named(name)
        for function in ("exp", "log"):
            given = abs(x) if function == "log" else x
            true = getattr(np, function)(given.astype(np.longdouble))
            got = getattr(variant, function)(given)
            off = np.max(np.abs(got - true) / np.abs(true)) / 2.0**-53
            assert 5.5 < off <= 8, name
        assert variant.exp(np.zeros(1))[0] == 1
        assert variant.log(np.ones(1))[0] == 0


def test_every_variant_has_a_name_that_leads_back_to_it() -> None:
    drawn = [mixture(np.random.default_rng(seed)) for seed in range(5)] + [anything(seed) for seed in range(5)]
    for variant in (*fixed(), *drawn):
        name = type(variant).__name__
        found = type(named(name))
        assert found.__name__ == name
        assert [c.__name__ for c in found.__mro__] == [c.__name__ for c in type(variant).__mro__]
    assert len({type(variant).__name__ for variant in fixed()}) == len(fixed())
    assert set(alone()) <= set(fixed())


def test_an_unknown_name_is_no_variant() -> None:
    with pytest.raises(KeyError):
        named("Careless")


def test_the_independent_arithmetic_shares_nothing_with_what_it_checks() -> None:
    for path in (ROOT / "reference" / "gradspec_reference" / "independent").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("gradspec") for alias in node.names), path
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1 or not (node.level or (node.module or "").startswith("gradspec")), path
