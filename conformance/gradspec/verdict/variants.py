"""The ways in which one case is asked; its answer may not depend on them.

Source: spec/protocol.md, PR-H4 and PR-H5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from typing import Any

import numpy as np
import numpy.typing as npt
import pybase64

from ..corpus.case import Case
from ..corpus.spec import layers
from ..corpus.tensors import ON_THE_WIRE, Message, ProtocolError, decode, encode
from . import views
from .judge import Expectation, Judgement

Array = npt.NDArray[Any]

PLAIN = "plain"
AGAIN = "again"
REPLY_BYTES = 1 << 16
BYTES_PER_ELEMENT = 64
LARGEST_KEPT = 1 << 14  # elements of a case of which anything is kept for its next variant
CASES_KEPT = 64
VARIANTS_KEPT = 1024  # cases of which the names of the variants are kept


@dataclass(frozen=True)
class Variant:
    """One way of asking a case: under a name, for some of its gradients, its tensors perhaps arranged as views."""

    case: Case
    name: str
    gradients: tuple[str, ...]
    arrangement: str = ""

    def message(self, number: int, encoding: str) -> Message:
        """Return the request."""
        inputs, cotangents = rendered(self.case, encoding, self.arrangement)
        return {
            "kind": "evaluate",
            "id": number,
            "layer": self.case.layer,
            "dtype": self.case.dtype,
            "attributes": dict(self.case.attributes),
            "inputs": inputs,
            "cotangents": cotangents if self.gradients else {},
            "gradients": list(self.gradients),
        }

    @property
    def reply_bytes(self) -> int:
        """Bound the length of what can be an answer: a line, and the bytes that follow it."""
        return REPLY_BYTES + BYTES_PER_ELEMENT * answer_elements(self.case)

    def judge(self, reply: Message, encoding: str) -> tuple[Judgement, dict[str, Any]]:
        """Judge a result, and return its tensors by path, or none if they all pass.

        Raises
        ------
        ProtocolError
            It has not the tensors that it has to have, in the declared encoding.
        """
        named = required_outputs(self.case.layer) | reply["outputs"].keys()
        expectation = expected(self.case, tuple(k for k in self.case.outputs if k in named), self.gradients)
        elements = _elements(reply, expectation, self.case.dtype, encoding)
        if elements is not None:
            judgement = expectation.judge_elements(elements)
            if not judgement.findings:
                return judgement, {}
        given = {f"{kind}/{k}": t for kind in ("outputs", "gradients") for k, t in reply[kind].items()}
        if given.keys() != expectation.shapes.keys():
            for what, names in (
                ("lacks", expectation.shapes.keys() - given.keys()),
                ("has unasked", given.keys() - expectation.shapes.keys()),
            ):
                if names:
                    raise ProtocolError("wrong_shape", f"the result {what} {', '.join(sorted(names))}")
        tensors = {}
        for name, tensor in given.items():
            wanted = list(expectation.shapes[name])
            if tensor["dtype"] != self.case.dtype or tensor["shape"] != wanted:
                got = f"{tensor['dtype']} {tensor['shape']}"
                if tensor["shape"] == wanted[::-1] != wanted and "layout" in self.case.attributes:
                    got += ", the shape that the other layout has"
                raise ProtocolError("wrong_shape", f"{name} must be {self.case.dtype} {wanted}, got {got}")
            tensors[name] = decode(tensor, name, encoding)
        return expectation.judge(tensors), tensors


def _elements(reply: Message, expectation: Expectation, dtype: str, encoding: str) -> Array | None:
    """Return the elements of a result, laid end to end as float64; None if anything in it is not as it has to be."""
    shapes, parts = expectation.shapes, list[Any]()
    if len(reply["outputs"]) + len(reply["gradients"]) != len(shapes) or encoding not in ("base64", "raw"):
        return None
    for path, shape in shapes.items():
        kind, _, name = path.partition("/")
        tensor = reply[kind].get(name)
        if tensor is None or tensor["dtype"] != dtype or tensor["shape"] != list(shape):
            return None
        data = tensor["data"]
        if type(data) is str and encoding == "base64":
            try:
                data = pybase64.b64decode(data, validate=True)
            except ValueError:
                return None
        elif type(data) is not memoryview or encoding != "raw":
            return None
        if len(data) != math.prod(shape) * ON_THE_WIRE[dtype].itemsize:
            return None
        parts.append(data)
    return np.frombuffer(b"".join(parts), ON_THE_WIRE[dtype]).astype(np.float64)


def kept_if_small(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of a case remember what it returned, for the last cases that are small."""
    remembered = lru_cache(CASES_KEPT)(function)

    @wraps(function)
    def either(case: Case, *rest: Any) -> Any:
        return (remembered if answer_elements(case) <= LARGEST_KEPT else function)(case, *rest)

    return either


@lru_cache(CASES_KEPT)
def answer_elements(case: Case) -> int:
    """Count the elements of a case's outputs and gradients."""
    return sum(i.value.size for i in (*case.outputs.values(), *case.gradients.values()))


@cache
def required_outputs(layer: str) -> frozenset[str]:
    """Return the outputs that a result must have: those that take a cotangent."""
    return frozenset(layers()[layer].cotangents)


@kept_if_small
def rendered(case: Case, encoding: str, arrangement: str) -> tuple[dict[str, Message], dict[str, Message]]:
    """Return a case's inputs and cotangents as tensors of the protocol."""

    def tensor(array: Any) -> Message:
        return views.arranged(array, encoding, arrangement) if arrangement else encode(array, encoding)

    inputs, cotangents = ({k: tensor(v) for k, v in group.items()} for group in (case.inputs, case.cotangents))
    return inputs, cotangents


@kept_if_small
def expected(case: Case, outputs: tuple[str, ...], gradients: tuple[str, ...]) -> Expectation:
    """Return what an answer to a case with these outputs and gradients has to meet."""
    intervals = {f"outputs/{k}": case.outputs[k] for k in outputs}
    intervals |= {f"gradients/{k}": case.gradients[k] for k in gradients}
    return Expectation(intervals, case.dtype, bitwise=case.bitwise)


def variants(case: Case, capabilities: Collection[str] = ()) -> tuple[Variant, ...]:
    """Return the ways a case is asked: with all, none and each of its gradients, as views, and once again."""
    return _variants(case, "views" in capabilities)


@lru_cache(VARIANTS_KEPT)
def _variants(case: Case, with_views: bool) -> tuple[Variant, ...]:
    names = tuple(case.gradients)
    asked = [Variant(case, PLAIN, names)]
    if names:
        asked.append(Variant(case, "outputs only", ()))
    if len(names) > 1:
        asked += [Variant(case, f"gradient {name} alone", (name,)) for name in names]
    tensors = [*case.inputs.values(), *case.cotangents.values()]
    for arrangement in views.ARRANGEMENTS if with_views else ():
        if views.differs(tensors, arrangement):
            asked.append(Variant(case, f"{arrangement} views", names, arrangement))
    return (*asked, Variant(case, AGAIN, names))
