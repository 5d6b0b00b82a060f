"""The fixtures against two oracles that share nothing with the reference: torch's autograd and central differences.

The layers are written here twice from the pages in ``spec/layers``: with torch operations, of which torch finds the
gradients, and with mpmath's numbers of 50 digits in plain lists, of which differences find them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
import pytest

import corpus
from gradspec.corpus.case import Case, Interval

Array = npt.NDArray[Any]
CASES = [
    case
    for case in corpus.CASES
    if case.gradients and all(np.isfinite(a).all() for a in (*case.inputs.values(), *case.cotangents.values()))
]
PARAMETERS = {
    "linear": ("w", "b"),
    "two_layer": ("w1", "b1", "w2", "b2"),
    "three_layer": ("w1", "b1", "w2", "b2", "w3", "b3"),
}
HEADS = {"classifier": "softmax_cross_entropy", "regression": "squared_error", "linear": "squared_error"}


def parts(layer: str) -> tuple[tuple[str, ...], str, bool]:
    """Return a network's parameters, its last layer, and whether a relu stands between layers."""
    depth, kind = layer.rsplit("_", 1)
    return PARAMETERS[depth], HEADS[kind], kind != "linear"


def is_network(layer: str) -> bool:
    return layer.rsplit("_", 1)[0] in PARAMETERS


# Torch


def torch_reduce(losses: Any, reduction: str) -> Any:
    return {"none": lambda: losses, "sum": losses.sum, "mean": losses.mean}[reduction]()


def torch_layer(layer: str, given: dict[str, Any], reduction: str) -> dict[str, Any]:
    """Return the outputs of a layer, examples as rows."""
    import torch

    def picked(rows: Any) -> Any:
        return rows[torch.arange(len(rows)), given["labels"]]

    if is_network(layer):
        names, head, rectified = parts(layer)
        y = given["x"]
        for i in range(0, len(names), 2):
            y = (torch.relu(y) if i and rectified else y) @ given[names[i]] + given[names[i + 1]]
        outputs = torch_layer(head, given | {"prediction": y, "logits": y}, reduction)
        return outputs if head == "softmax_cross_entropy" else outputs | {"prediction": y}
    match layer:
        case "identity":
            return {"y": given["x"] * 1}
        case "matmul":
            return {"y": given["a"] @ given["b"]}
        case "bias":
            return {"y": given["x"] + given["b"]}
        case "affine":
            return {"y": given["x"] @ given["w"] + given["b"]}
        case "relu":
            return {"y": torch.relu(given["x"])}
        case "softmax":
            return {"probabilities": torch.softmax(given["logits"], 1)}
        case "log_loss":
            return {"loss": torch_reduce(-torch.log(picked(given["probabilities"])), reduction)}
        case "softmax_cross_entropy":
            losses = -picked(torch.log_softmax(given["logits"], 1))
            return {"loss": torch_reduce(losses, reduction), "probabilities": torch.softmax(given["logits"], 1)}
        case "squared_error":
            squares = (given["prediction"] - given["target"]) ** 2
            return {"loss": torch_reduce(squares.sum(1) / 2, reduction)}
    raise NotImplementedError(layer)


def torch_answer(case: Case) -> dict[str, Array]:
    """Answer in float64, whatever the case's dtype."""
    import torch

    def turn(tensor: Any) -> Any:
        return tensor.T if case.attributes.get("layout") == "columns" and tensor.ndim == 2 else tensor

    given = {
        k: torch.tensor(a, dtype=torch.int64 if a.dtype.kind == "i" else torch.float64) for k, a in case.inputs.items()
    }
    for name in case.gradients:
        given[name].requires_grad_()
    rows = torch_layer(case.layer, {k: turn(t) for k, t in given.items()}, case.attributes.get("reduction", ""))
    outputs = {name: turn(tensor) for name, tensor in rows.items()}
    flowing = [outputs[name] for name in case.cotangents]
    cotangents = [torch.tensor(a, dtype=torch.float64) for a in case.cotangents.values()]
    wanted = [given[name] for name in case.gradients]
    found = torch.autograd.grad(flowing, wanted, cotangents, materialize_grads=True)
    answer = {f"outputs/{name}": tensor.detach().numpy() for name, tensor in outputs.items()}
    return answer | {f"gradients/{name}": g.numpy() for name, g in zip(case.gradients, found, strict=True)}


def tensors(case: Case) -> Iterator[tuple[str, Interval]]:
    for kind, intervals in (("outputs", case.outputs), ("gradients", case.gradients)):
        yield from ((f"{kind}/{name}", interval) for name, interval in intervals.items())


def within(found: Array, interval: Interval, dtype: str) -> bool:
    """Tell if a float64 answer lies in the interval, or would after rounding to the case's dtype."""
    with np.errstate(all="ignore"):
        rounded = found.astype(dtype).astype(np.float64)
    inside = (interval.lo <= rounded) & (rounded <= interval.hi)
    return bool((inside | (np.isnan(found) & np.isnan(interval.value))).all())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_autograd_agrees(case: Case) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    answer = torch_answer(case)
    for name, interval in tensors(case):
        assert answer[name].shape == interval.value.shape
        assert within(answer[name], interval, case.dtype), f"{name}: {answer[name]} is not {interval.value}"


# Central differences: a matrix is a list of lists, a vector a list, a scalar a list of one.

Numbers = Any
mpf = mpmath.mpf


def product(a: Numbers, b: Numbers) -> Numbers:
    return [[sum((x * row[j] for x, row in zip(r, b, strict=True)), mpf(0)) for j in range(len(b[0]))] for r in a]


def plus(y: Numbers, b: Numbers) -> Numbers:
    return [[x + c for x, c in zip(row, b, strict=True)] for row in y]


def positive(x: Numbers) -> Numbers:
    return [positive(row) for row in x] if isinstance(x, list) else max(x, mpf(0))


def distribution(row: Numbers) -> Numbers:
    exponentials = [mpmath.exp(x) for x in row]
    return [e / sum(exponentials) for e in exponentials]


def reduced(losses: Numbers, reduction: str) -> Numbers:
    return {"none": losses, "sum": sum(losses), "mean": sum(losses) / len(losses)}[reduction]


def plain_layer(layer: str, given: dict[str, Numbers], reduction: str) -> dict[str, Numbers]:
    """Return the outputs of a layer, examples as rows."""
    if is_network(layer):
        names, head, rectified = parts(layer)
        y = given["x"]
        for i in range(0, len(names), 2):
            y = plus(product(positive(y) if i and rectified else y, given[names[i]]), given[names[i + 1]])
        outputs = plain_layer(head, given | {"prediction": y, "logits": y}, reduction)
        return outputs if head == "softmax_cross_entropy" else outputs | {"prediction": y}
    match layer:
        case "identity":
            return {"y": given["x"]}
        case "matmul":
            return {"y": product(given["a"], given["b"])}
        case "bias":
            return {"y": plus(given["x"], given["b"])}
        case "affine":
            return {"y": plus(product(given["x"], given["w"]), given["b"])}
        case "relu":
            return {"y": positive(given["x"])}
        case "softmax":
            return {"probabilities": [distribution(row) for row in given["logits"]]}
        case "log_loss":
            pairs = zip(given["probabilities"], given["labels"], strict=True)
            return {"loss": reduced([-mpmath.log(row[label]) for row, label in pairs], reduction)}
        case "softmax_cross_entropy":
            p = [distribution(row) for row in given["logits"]]
            return plain_layer("log_loss", given | {"probabilities": p}, reduction) | {"probabilities": p}
        case "squared_error":
            pairs = zip(given["prediction"], given["target"], strict=True)
            losses = [sum((f - y) ** 2 for f, y in zip(*pair, strict=True)) / 2 for pair in pairs]
            return {"loss": reduced(losses, reduction)}
    raise NotImplementedError(layer)


def numbers(array: Array) -> Numbers:
    if array.dtype.kind == "i":
        return array.tolist()
    return [numbers(row) for row in array] if array.ndim else mpf(float(array))


def flat(x: Numbers) -> list[Any]:
    return [number for row in x for number in flat(row)] if isinstance(x, list) else [x]


def sample() -> list[Case]:
    """Return three cases a layer, spread evenly over the small ones without special numbers or kinks."""
    chosen = []
    for layer in sorted({case.layer for case in CASES}):
        fit = [
            case
            for case in CASES
            if case.layer == layer
            and case.dtype == "float64"
            and not {"kink", "special", "extreme", "subnormal"} & set(case.tags)
            and all(a.size and abs(a).max() <= 100 for a in case.inputs.values())
            and sum(a.size for a in case.inputs.values()) <= 80
        ]
        chosen += [fit[0], fit[len(fit) // 2], fit[-1]]
    return chosen


def same(value: float, exact: Any, slack: float) -> bool:
    """Tell if `value` is the exact number, itself known up to `slack`, rounded to nearest."""
    return bool(abs(mpf(value) - exact) <= abs(exact) * mpf(2) ** -53 * mpf("1.01") + mpf(slack))


STEP = mpf(10) ** -15


@pytest.mark.parametrize("case", sample(), ids=lambda case: case.id)
def test_central_differences_agree(case: Case) -> None:
    def turn(array: Array) -> Array:
        return array.T if case.attributes.get("layout") == "columns" else array

    def outputs(inputs: dict[str, Numbers]) -> dict[str, list[Any]]:
        found = plain_layer(case.layer, inputs, case.attributes.get("reduction", ""))
        return {name: flat(output) for name, output in found.items()}

    def weighted(inputs: dict[str, Numbers]) -> Any:
        found = outputs(inputs)
        return sum(c * y for name in weights for c, y in zip(weights[name], found[name], strict=True))

    with mpmath.workdps(50):
        given = {name: numbers(turn(array)) for name, array in case.inputs.items()}
        weights = {name: flat(numbers(turn(array))) for name, array in case.cotangents.items()}
        found = outputs(given)
        for name, interval in case.outputs.items():
            for value, exact in zip(turn(interval.value).reshape(-1), found[name], strict=True):
                assert same(float(value), exact, 1e-40), f"{name}: {value} is not {exact}"
        for name, interval in case.gradients.items():
            for index, value in np.ndenumerate(turn(interval.value)):
                place: Callable[[Any], Any] = functools.partial(nudged, given[name], index)
                up, down = (weighted(given | {name: place(step)}) for step in (STEP, -STEP))
                difference = (up - down) / (2 * STEP)
                assert same(float(value), difference, 1e-25), f"{name}{index}: {value} is not {difference}"


def nudged(x: Numbers, index: tuple[int, ...], step: Any) -> Numbers:
    """Return a copy of `x` with `step` added at `index`."""
    if not index:
        return x + step
    return [nudged(row, index[1:], step) if i == index[0] else row for i, row in enumerate(x)]
