"""Ask a candidate everything that it declared, and judge each answer."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Protocol

from ..corpus.case import Case
from ..corpus.coverage import EDGES
from ..corpus.spec import layers
from ..corpus.tensors import Message
from ..transport.lives import Lives
from ..transport.session import Question
from ..transport.supervisor import Answer
from . import rejections
from .adapted import adapted
from .rejections import Rejection
from .result import RejectionResult, Result, verdict
from .run import Run
from .variants import AGAIN, REPLY_BYTES, Variant, variants


def why_skipped(case: Case, declared: Mapping[str, Any]) -> str:
    """Say why a candidate that `declared` so is not asked `case`; empty if it is."""
    if case.layer not in declared:
        return f"layer {case.layer} not declared"
    layer = declared[case.layer]
    if case.dtype not in layer["dtypes"]:
        return f"dtype {case.dtype} not declared"
    for name, value in case.attributes.items():
        if value not in layers()[case.layer].declared(name, layer):
            return f"{name} = {value} not declared"
    return ""


def under(profiles: Iterable[str], case: Case) -> Case | None:
    """Return a case with its bounds under `profiles`, or None if it has none under one of them [FX-19]."""
    asked: Case | None = case
    for profile in profiles:
        asked = None if asked is None else asked.under(profile)
    return asked


class Candidate(Protocol):
    """What can be asked: a `Supervisor`, or the supervisors of `Jobs`."""

    declared: Message

    @property
    def lives(self) -> Lives:
        """What became of its processes so far."""

    def ask(self, questions: Iterable[Question], last: bool = False) -> Iterator[Answer]:
        """Yield each question with its reply, or with the fault that it caused."""


def check(
    run: Run,
    candidate: Candidate,
    cases: Iterable[Case],
    to_refuse: Sequence[Rejection] = (),
    keep_going: bool = False,
    progress: Callable[[Result], None] = lambda _: None,
) -> None:
    """Ask `candidate` every one of `cases` that it declared, and put what comes of it into `run`.

    First identity in every variant, then the rest, then every case again in an order drawn from the run's seed,
    then what the candidate has to refuse, as far as it declared the rest of such a request.
    """
    run.implementation, run.declared = candidate.declared["implementation"], candidate.declared["layers"]
    run.capabilities = tuple(candidate.declared.get("capabilities", ()))
    run.profiles = tuple(candidate.declared.get("profiles", ()))
    unproven: set[tuple[str, str, str]] = set()
    for case in cases:
        reason, asked = why_skipped(case, run.declared), under(run.profiles, case)
        for edge in set(EDGES) & set(case.tags):
            run.edges[case.layer, case.dtype].add(edge)
            unproven |= {(case.layer, case.dtype, edge)} if asked is None else set()
        if reason or asked is None:
            run.skipped[case.id] = reason or f"no bounds under {', '.join(run.profiles)}"
        else:
            run.selected.append(asked)
    for layer, dtype, edge in unproven:
        run.edges[layer, dtype].discard(edge)
    in_its_setting = (adapted(r, run.declared) for r in to_refuse)
    forbidden = [r for r in in_its_setting if not rejections.why_skipped(r, run.declared)]
    encoding, numbers = candidate.declared["encoding"], itertools.count(1)
    order = {name: n for n, name in enumerate([*(c.id for c in run.selected), *(r.id for r in forbidden)])}
    started = time.perf_counter()

    def ask(asked: Iterable[Variant], last: bool = False) -> None:
        numbered = {next(numbers): p for p in asked}
        for question, reply in candidate.ask(questions(numbered, encoding), last):
            run.results.append(verdict(numbered[question.id], reply, encoding))
            progress(run.results[-1])

    def first_round(cases: Iterable[Case]) -> Iterator[Variant]:
        return (p for case in cases for p in variants(case, run.capabilities) if p.name != AGAIN)

    identity = [case for case in run.selected if case.layer == "identity"]
    others = [case for case in run.selected if case.layer != "identity"]
    try:
        ask(first_round(identity))
        run.transport_sound = all(r.verdict == "passed" for r in run.results)
        if not run.transport_sound and not keep_going:
            run.skipped |= {case.id: "identity failed" for case in others}
            others, forbidden = [], []
        ask(first_round(others))
        again = [Variant(case, AGAIN, tuple(case.gradients)) for case in [*identity, *others]]
        Random(run.seed).shuffle(again)
        ask(again, last=not forbidden)
        wrong = {next(numbers): rejection for rejection in forbidden}
        for question, reply in candidate.ask(questions(wrong, encoding), last=True):
            run.rejected.append(RejectionResult(wrong[question.id], *rejections.verdict(reply)))
        run.complete = True
    finally:
        run.lives = candidate.lives
        run.results.sort(key=lambda r: order[r.variant.case.id])
        run.rejected.sort(key=lambda r: order[r.rejection.id])
    run.requests, run.asking_seconds = len(run.results) + len(run.rejected), time.perf_counter() - started


def questions(asked: Mapping[int, Variant | Rejection], encoding: str) -> Iterator[Question]:
    """Yield the questions of numbered variants and rejections."""
    for number, p in asked.items():
        size, case = (p.reply_bytes, p.case.id) if isinstance(p, Variant) else (REPLY_BYTES, p.id)
        yield Question(number, lambda p=p, number=number: p.message(number, encoding), size, case)  # type: ignore[misc]
