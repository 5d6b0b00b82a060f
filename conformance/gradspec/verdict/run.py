"""A run: which cases a candidate can be asked, every answer judged, nothing forgotten."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol

from ..corpus import files, fixture
from ..corpus.fixture import Case, FixtureError
from ..corpus.location import FIXTURES
from ..corpus.spec import layers
from ..diagnosis.known_mistakes import Account, WrongAnswer
from ..transport.protocol import Message, ProtocolError
from ..transport.session import Question
from ..transport.supervisor import NOT_ASKED, Answer, Fault
from . import rejections as refusals
from .judge import Judgement
from .rejections import Refusal
from .variants import AGAIN, REPLY_BYTES, Presentation, presentations

NOTHING_WRONG = Judgement(0.0, 0.0, ())


@dataclass(frozen=True)
class Result:
    """What came of one presentation.

    `verdict` is passed, wrong, refused, error, not_asked, or a fault: timeout, crash, garbage, wrong_id, wrong_shape.
    `answer` holds the tensors of a wrong one, by path.
    """

    presentation: Presentation
    verdict: str
    message: str = ""
    judgement: Judgement = NOTHING_WRONG
    stderr: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


def verdict(presentation: Presentation, reply: Message | Fault, encoding: str) -> Result:
    """Turn a reply, or what came instead of one, into a result."""
    if isinstance(reply, Fault):
        return Result(presentation, reply.fault, reply.message, stderr=reply.stderr)
    if reply["kind"] == "refusal":
        return Result(presentation, "refused", f"{reply['reason']}: {reply['message']}")
    if reply["kind"] == "error":
        return Result(presentation, "error", reply["message"])
    try:
        judgement, tensors = presentation.judge(reply, encoding)
    except ProtocolError as error:
        return Result(presentation, error.fault, str(error))
    if judgement.findings:
        return Result(presentation, "wrong", judgement=judgement, answer=tensors)
    return Result(presentation, "passed", judgement=judgement)


def load(directory: Path = FIXTURES, wanted: Collection[str] | None = None) -> list[Case]:
    """Return the cases of the fixtures in `directory`, identity first: those of the `wanted` ids, or all.

    Every file is compared with the manifest, whatever is wanted of it.

    Raises
    ------
    FixtureError
        A file is missing, cannot be read, or differs from the manifest.
    """
    manifest = fixture.read_manifest(directory)
    contents = {directory / name: files.content(directory / name) for name in sorted(manifest["files"])}
    for path, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest["files"][path.name]:
            raise FixtureError(f"{path} is not the file of the manifest; {files.RESTORE}")
    recorded = {i: digest for i, digest in manifest["cases"].items() if wanted is None or i in wanted}
    layers_wanted = {i.split("/")[0] for i in recorded}
    cases = [
        case
        for path, content in contents.items()
        if wanted is None or path.stem in layers_wanted
        for case in fixture.read(path, content=content, wanted=wanted)
    ]
    found = {case.id: case.digest for case in cases}
    differing = sorted({i for i in found.keys() | recorded.keys() if found.get(i) != recorded.get(i)})
    if differing:
        raise FixtureError(f"{directory} does not match its manifest at {len(differing)} cases, first {differing[0]}")
    return sorted(cases, key=lambda c: (c.layer != "identity", c.layer, c.id))


def why_skipped(case: Case, declared: Mapping[str, Any]) -> str:
    """Say why a candidate that `declared` so is not asked `case`; empty if it is."""
    if case.layer not in declared:
        return f"layer {case.layer} not declared"
    layer = declared[case.layer]
    if case.dtype not in layer["dtypes"]:
        return f"dtype {case.dtype} not declared"
    for name, value in case.attributes.items():
        if value not in layer.get("attributes", {}).get(name, [layers()[case.layer].defaults[name]]):
            return f"{name} = {value} not declared"
    return ""


@dataclass(frozen=True)
class Refused:
    """What came of a request that had to be refused."""

    refusal: Refusal
    verdict: str
    message: str


class Candidate(Protocol):
    """What can be asked: a `Supervisor`, or the supervisors of `Jobs`."""

    declared: Message

    def ask(self, questions: Iterable[Question], last: bool = False) -> Iterator[Answer]:
        """Yield each question with its reply, or with the fault that it caused."""


@dataclass
class Run:
    """One candidate, asked once: what is known so far.

    `partial` says why not the whole corpus was to be asked. `surprises` are the differences from what was expected to
    fail, by case, if anything was.
    """

    total: int
    seed: int = 0
    partial: str = ""
    implementation: dict[str, str] = field(default_factory=dict)
    declared: Message = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    selected: list[Case] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    complete: bool = False
    plumbing: bool = True
    accounts: list[Account] = field(default_factory=list)
    surprises: dict[str, str] | None = None
    requests: int = 0
    asking_seconds: float = 0.0

    def wrong_answers(self) -> dict[str, WrongAnswer]:
        """Return the first wrong answer to each case that has one, by case id."""
        found: dict[str, WrongAnswer] = {}
        for r in self.results:
            case = r.presentation.case
            if r.answer and case.id not in found:
                failed = frozenset(finding.tensor for finding in r.judgement.findings)
                found[case.id] = WrongAnswer(case, {k: v.astype("f8") for k, v in r.answer.items()}, failed)
        return found

    @property
    def explanations(self) -> dict[str, str]:
        """Return what explains each case that was answered wrongly, by case id: a name, or several joined by ``+``."""
        by_case: dict[str, str] = {}
        for explanation in (e for account in self.accounts for e in account.explanations):
            for case_id in (*explanation.matched, *explanation.consistent):
                names = by_case.get(case_id)
                by_case[case_id] = f"{names}+{explanation.name}" if names else explanation.name
        return by_case

    @property
    def failed(self) -> dict[str, str]:
        """The cases and refusals that did not pass, each with its first verdict; not those never asked."""
        found: dict[str, str] = {}
        for name, verdict in [(r.presentation.case.id, r.verdict) for r in self.results] + [
            (r.refusal.id, r.verdict) for r in self.refused
        ]:
            if verdict not in ("passed", NOT_ASKED):
                found.setdefault(name, verdict)
        return found

    @property
    def asked(self) -> list[Case]:
        """The cases that were asked in every presentation, or have failed in one."""
        answered = Counter(r.presentation.case.id for r in self.results if r.verdict != NOT_ASKED)
        failed = self.failed
        return [
            c
            for c in self.selected
            if c.id in failed or answered[c.id] == len(list(presentations(c, self.capabilities)))
        ]

    @property
    def whole(self) -> bool:
        """Whether all that the candidate declared was asked."""
        refused = {r.refusal.id for r in self.refused if r.verdict != NOT_ASKED}
        return self.complete and len(self.asked) == len(self.selected) and len(refused) == len(self.refused)

    @property
    def exit_code(self) -> int:
        """Return 0 if all that was declared was asked, and passed or failed as expected; else 1.

        A run that was cut short, or of no case at all, is 2.
        """
        if not self.results or not self.complete:
            return 2
        wrong = self.failed if self.surprises is None else self.surprises
        return 0 if self.whole and not wrong else 1


def check(
    run: Run,
    candidate: Candidate,
    cases: Iterable[Case],
    to_refuse: Sequence[Refusal] = (),
    keep_going: bool = False,
    progress: Callable[[Result], None] = lambda _: None,
) -> None:
    """Ask `candidate` every one of `cases` that it declared, and put what comes of it into `run`.

    First identity in every presentation, then the rest, then every case again in an order drawn from the run's seed,
    then what the candidate has to refuse, as far as it declared the rest of such a request.
    """
    run.implementation, run.declared = candidate.declared["implementation"], candidate.declared["layers"]
    run.capabilities = tuple(candidate.declared.get("capabilities", ()))
    for case in cases:
        reason = why_skipped(case, run.declared)
        if reason:
            run.skipped[case.id] = reason
        else:
            run.selected.append(case)
    forbidden = [refusals.adapted(r, run.declared) for r in to_refuse if not refusals.why_skipped(r, run.declared)]
    encoding, numbers = candidate.declared["encoding"], itertools.count(1)
    order = {name: n for n, name in enumerate([*(c.id for c in run.selected), *(r.id for r in forbidden)])}
    started = time.perf_counter()

    def ask(asked: Iterable[Presentation], last: bool = False) -> None:
        numbered = {next(numbers): p for p in asked}
        for question, reply in candidate.ask(questions(numbered, encoding), last):
            run.results.append(verdict(numbered[question.id], reply, encoding))
            progress(run.results[-1])

    def first_round(cases: Iterable[Case]) -> Iterator[Presentation]:
        return (p for case in cases for p in presentations(case, run.capabilities) if p.name != AGAIN)

    identity = [case for case in run.selected if case.layer == "identity"]
    calculus = [case for case in run.selected if case.layer != "identity"]
    try:
        ask(first_round(identity))
        run.plumbing = all(r.verdict == "passed" for r in run.results)
        if not run.plumbing and not keep_going:
            run.skipped |= {case.id: "identity failed" for case in calculus}
            calculus, forbidden = [], []
        ask(first_round(calculus))
        again = [Presentation(case, AGAIN, tuple(case.gradients)) for case in [*identity, *calculus]]
        Random(run.seed).shuffle(again)
        ask(again, last=not forbidden)
        wrong = {next(numbers): refusal for refusal in forbidden}
        for question, reply in candidate.ask(questions(wrong, encoding), last=True):
            run.refused.append(Refused(wrong[question.id], *refusals.verdict(reply)))
        run.complete = True
    finally:
        run.results.sort(key=lambda r: order[r.presentation.case.id])
        run.refused.sort(key=lambda r: order[r.refusal.id])
    run.requests, run.asking_seconds = len(run.results) + len(run.refused), time.perf_counter() - started


def questions(asked: Mapping[int, Presentation | Refusal], encoding: str) -> Iterator[Question]:
    """Yield the questions of numbered presentations and refusals."""
    for number, p in asked.items():
        size, case = (p.reply_bytes, p.case.id) if isinstance(p, Presentation) else (REPLY_BYTES, p.id)
        yield Question(number, lambda p=p, number=number: p.message(number, encoding), size, case)  # type: ignore[misc]
