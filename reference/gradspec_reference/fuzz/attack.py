"""One request is proved and put to the allowed algorithms; what leaves its interval is a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradspec.corpus.case import Interval

from ..evaluate import Request, evaluate
from ..independent.arithmetic import Arithmetic
from ..independent.formulas import Array, Tensors
from ..prove import UnprovenError, flushed, prove

TRUTH = "the truth itself"
REFERENCE = "the layer's page in floats"
UNNAMED = ("", TRUTH, REFERENCE)  # what is put to every request, and has no variant
MANY = "mixed ways"


@dataclass(frozen=True)
class Finding:
    """An answer that lies outside its interval, or a truth that is none; `profile` is empty for plain IEEE arithmetic.

    `distance` is that to the true value as a multiple of the bound on that side.
    """

    request: Request
    algorithm: str
    what: str
    tensor: str
    index: tuple[int, ...]
    got: float
    value: float
    lo: float
    hi: float
    distance: float
    profile: str = ""

    @property
    def kind(self) -> tuple[str, str, str]:
        """Return what findings of one kind have in common: they are reported once."""
        return self.request.layer, self.what, self.tensor

    @property
    def family(self) -> str:
        """Return the algorithm's name, or `MANY` for one that differs from plain NumPy in many ways."""
        return MANY if re.search("[:+]", self.algorithm) else self.algorithm

    @property
    def size(self) -> tuple[int, int]:
        """Return how much there is to read: elements, and whether many ways are mixed."""
        tensors = [*self.request.inputs.values(), *self.request.cotangents.values()]
        return sum(a.size for a in tensors), self.family == MANY


@dataclass(frozen=True)
class Outcome:
    """What became of a request: why it was refused (empty if it was proved), and what was found."""

    refused: str = ""
    findings: tuple[Finding, ...] = ()
    answers: int = 0


def attack(request: Request, variants: Iterable[Arithmetic], profile: str = "") -> Outcome:
    """Prove `request` and compare every variant's answer with its intervals, with those of `profile` if it is given."""
    try:
        proof = prove(request)
        if profile and (proof := flushed(request, proof)) is None:  # type: ignore[assignment]
            return Outcome(refused=f"there are no bounds under {profile}")
    except UnprovenError as error:
        return Outcome(refused=re.sub(r"^\w+: ", "", re.sub(r"-?\d[\w.+-]*|\[.*?\]", "#", str(error))))
    except Exception as error:  # whatever prove raises beside a refusal is a finding
        what = f"prove raises {type(error).__name__}: {error}"
        return Outcome(findings=(Finding(request, TRUTH, what, "", (), *(np.nan,) * 5, profile),))
    intervals = {f"outputs/{k}": v for k, v in proof[0].items()} | {f"gradients/{k}": v for k, v in proof[1].items()}
    if findings := tuple(_truths(request, intervals)):
        return Outcome(findings=findings)
    intervals = {name: interval.under(profile) for name, interval in intervals.items()}
    bitwise = request.layer == "identity" and not profile
    found = list(_outside(request, REFERENCE, _reference(request), intervals, bitwise))
    answers = 1
    for variant in variants:
        answers += 1
        found += _outside(request, type(variant).__name__, variant.answer(request), intervals, bitwise)
    return Outcome("", tuple(replace(f, profile=profile) for f in found), answers)


def _reference(request: Request) -> Tensors:
    outputs, gradients = evaluate(request)
    return {f"outputs/{k}": v for k, v in outputs.items()} | {f"gradients/{k}": v for k, v in gradients.items()}


def _truths(request: Request, intervals: dict[str, Interval]) -> Iterable[Finding]:
    """Find values that are not finite though every operand is, and bounds that are not though the value is."""
    finite = all(np.isfinite(a).all() for tensors in (request.inputs, request.cotangents) for a in tensors.values())
    for tensor, interval in intervals.items():
        unbounded = np.isfinite(interval.value) & ~(np.isfinite(interval.lo) & np.isfinite(interval.hi))
        wrong = unbounded | ~np.isfinite(interval.value) if finite and not _is_infinite(request) else unbounded
        for at in list(zip(*np.nonzero(np.atleast_1d(wrong)), strict=True))[:1]:
            value, lo, hi = (float(np.atleast_1d(x)[at]) for x in (interval.value, interval.lo, interval.hi))
            what = "a bound is infinite" if np.isfinite(value) else "the true value is not finite, its operands are"
            yield Finding(request, TRUTH, what, tensor, tuple(map(int, at)), value, value, lo, hi, np.inf)


def _is_infinite(request: Request) -> bool:
    """Tell whether the pages say that finite operands have an infinite answer here [CO-R3, LO-3]."""
    labels = request.inputs.get("labels")
    if request.attributes.get("reduction") == "mean":
        of_examples = labels if labels is not None else request.inputs.get("target", request.inputs.get("prediction"))
        axis = -1 if request.attributes.get("layout") == "columns" else 0
        if of_examples is not None and of_examples.shape[axis] == 0:
            return True
    return request.layer == "log_loss" and bool((request.inputs["probabilities"] == 0).any())


def _outside(
    request: Request, name: str, answer: Tensors, intervals: dict[str, Interval], bitwise: bool
) -> Iterable[Finding]:
    for tensor, interval in intervals.items():
        got = np.asarray(answer[tensor], np.float64)
        passed = interval.passes(got, bitwise)
        if not passed.all():
            yield _finding(request, name, tensor, got, interval, passed)


def _finding(request: Request, name: str, tensor: str, got: Array, interval: Interval, passed: Any) -> Finding:
    with np.errstate(all="ignore"):
        error = got - interval.value
        distance = np.where(error > 0, error / (interval.hi - interval.value), error / (interval.lo - interval.value))
    distance = np.where(passed, -1.0, np.where(np.isfinite(distance), distance, np.inf))
    at = np.unravel_index(int(np.argmax(distance)), got.shape)
    x, value, lo, hi = (float(a[at]) for a in (got, interval.value, interval.lo, interval.hi))
    what = "an answer is outside" if np.isfinite(x) or not np.isfinite(value) else "an answer is not finite"
    return Finding(request, name, what, tensor, tuple(map(int, at)), x, value, lo, hi, float(distance[at]))
