"""A run: which cases a candidate can be asked, every answer judged, nothing forgotten."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from . import files, fixture, refusals
from .corpus import FIXTURES
from .explain import Account, Answer
from .fixture import Case, FixtureError
from .judge import Expectation, Judgement
from .protocol import Message, ProtocolError, decode, encode
from .refusals import Refusal
from .session import Question
from .spec import layers
from .supervisor import Fault, Supervisor

PLAIN = "plain"
REPLY_BYTES = 1 << 16
BYTES_PER_ELEMENT = 64


@dataclass(frozen=True)
class Presentation:
    """One way of asking a case: under a name, for some of its gradients."""

    case: Case
    name: str
    gradients: tuple[str, ...]

    def message(self, number: int, encoding: str) -> Message:
        """Return the request."""
        cotangents = self.case.cotangents if self.gradients else {}
        return {
            "kind": "evaluate",
            "id": number,
            "layer": self.case.layer,
            "dtype": self.case.dtype,
            "attributes": dict(self.case.attributes),
            "inputs": {k: encode(v, encoding) for k, v in self.case.inputs.items()},
            "cotangents": {k: encode(v, encoding) for k, v in cotangents.items()},
            "gradients": list(self.gradients),
        }

    @cached_property
    def reply_bytes(self) -> int:
        """Bound the length of a line that can be an answer."""
        expected = (*self.case.outputs.values(), *self.case.gradients.values())
        return REPLY_BYTES + BYTES_PER_ELEMENT * sum(i.value.size for i in expected)

    def judge(self, reply: Message) -> tuple[Judgement, dict[str, Any]]:
        """Judge a result, and return its tensors by path.

        Raises
        ------
        ProtocolError
            With fault ``wrong_shape``: it has not the tensors that it has to have.
        """
        required = {t.name for t in layers()[self.case.layer].outputs if t.flows}
        expected = {f"outputs/{k}": v for k, v in self.case.outputs.items() if k in required or k in reply["outputs"]}
        expected |= {f"gradients/{k}": self.case.gradients[k] for k in self.gradients}
        given = {f"{kind}/{k}": t for kind in ("outputs", "gradients") for k, t in reply[kind].items()}
        for what, names in (
            ("lacks", expected.keys() - given.keys()),
            ("has unasked", given.keys() - expected.keys()),
        ):
            if names:
                raise ProtocolError("wrong_shape", f"the result {what} {', '.join(sorted(names))}")
        tensors = {}
        for name, tensor in given.items():
            wanted = list(expected[name].value.shape)
            if tensor["dtype"] != self.case.dtype or tensor["shape"] != wanted:
                got = f"{tensor['dtype']} {tensor['shape']}"
                raise ProtocolError("wrong_shape", f"{name} must be {self.case.dtype} {wanted}, got {got}")
            tensors[name] = decode(tensor, name)
        judgement = Expectation(expected, self.case.dtype, bitwise=self.case.layer == "identity").judge(tensors)
        return judgement, tensors


NOTHING_WRONG = Judgement(0.0, 0.0, ())


@dataclass(frozen=True)
class Result:
    """What came of one presentation.

    `verdict` is passed, wrong, refused, error, or a fault: timeout, crash, garbage, wrong_id, wrong_shape.
    `answer` holds the tensors of a wrong one, by path.
    """

    presentation: Presentation
    verdict: str
    message: str = ""
    judgement: Judgement = NOTHING_WRONG
    stderr: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


def verdict(presentation: Presentation, reply: Message | Fault) -> Result:
    """Turn a reply, or what came instead of one, into a result."""
    if isinstance(reply, Fault):
        return Result(presentation, reply.fault, reply.message, stderr=reply.stderr)
    if reply["kind"] == "refusal":
        return Result(presentation, "refused", f"{reply['reason']}: {reply['message']}")
    if reply["kind"] == "error":
        return Result(presentation, "error", reply["message"])
    try:
        judgement, tensors = presentation.judge(reply)
    except ProtocolError as error:
        return Result(presentation, error.fault, str(error))
    if judgement.findings:
        return Result(presentation, "wrong", judgement=judgement, answer=tensors)
    return Result(presentation, "passed", judgement=judgement)


def presentations(case: Case) -> Iterator[Presentation]:
    """Yield the ways a case is asked: as it stands, with each gradient alone, and with none."""
    names = tuple(case.gradients)
    yield Presentation(case, PLAIN, names)
    if names:
        yield Presentation(case, "outputs only", ())
    if len(names) > 1:
        for name in names:
            yield Presentation(case, f"gradient {name} alone", (name,))


def load(directory: Path = FIXTURES) -> list[Case]:
    """Return every case of the fixtures in `directory`, identity first, once the manifest has been compared.

    Raises
    ------
    FixtureError
        A file is missing, cannot be read, or differs from the manifest.
    """
    manifest = fixture.read_manifest(directory)
    contents = {directory / name: files.content(directory / name) for name in sorted(manifest["files"])}
    for path, content in contents.items():
        if hashlib.sha256(content).hexdigest() != manifest["files"][path.name]:
            raise FixtureError(f"{path} is not the file of the manifest; restore or regenerate the fixtures")
    cases = [case for path, content in contents.items() for case in fixture.read(path, content=content)]
    found = {case.id: case.digest for case in cases}
    differing = sorted({i for i in found.keys() | manifest["cases"].keys() if found.get(i) != manifest["cases"].get(i)})
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


@dataclass
class Run:
    """One candidate, asked once: what is known so far."""

    total: int
    implementation: dict[str, str] = field(default_factory=dict)
    declared: Message = field(default_factory=dict)
    filtered: bool = False
    selected: list[Case] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    complete: bool = False
    plumbing: bool = True
    accounts: list[Account] = field(default_factory=list)
    requests: int = 0
    asking_seconds: float = 0.0

    def wrong_answers(self) -> dict[str, Answer]:
        """Return the first wrong answer to each case that has one, by case id."""
        found: dict[str, Answer] = {}
        for r in self.results:
            case = r.presentation.case
            if r.answer and case.id not in found:
                failed = frozenset(finding.tensor for finding in r.judgement.findings)
                found[case.id] = Answer(case, {k: v.astype("f8") for k, v in r.answer.items()}, failed)
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
    def exit_code(self) -> int:
        """Return 0 if every selected case passed, 1 if not, 2 if none was run or the run was cut short."""
        if not self.results or not self.complete:
            return 2
        passed = all(v == "passed" for v in [r.verdict for r in self.results] + [r.verdict for r in self.refused])
        return 0 if passed and self.plumbing else 1


def check(
    run: Run,
    candidate: Supervisor,
    cases: Iterable[Case],
    to_refuse: Sequence[Refusal] = (),
    keep_going: bool = False,
    progress: Callable[[Result], None] = lambda _: None,
) -> None:
    """Ask `candidate` every one of `cases` that it declared, identity first, and put what comes of it into `run`.

    Then ask it what it has to refuse, as far as it declared the rest of such a request.
    """
    run.implementation, run.declared = candidate.declared["implementation"], candidate.declared["layers"]
    for case in cases:
        reason = why_skipped(case, run.declared)
        if reason:
            run.skipped[case.id] = reason
        else:
            run.selected.append(case)
    forbidden = [refusals.adapted(r, run.declared) for r in to_refuse if not refusals.why_skipped(r, run.declared)]
    started, encoding = time.perf_counter(), candidate.declared["encoding"]
    numbers = itertools.count(1)
    for _, cases_in_turn in itertools.groupby(run.selected, key=lambda c: c.layer == "identity"):
        group = list(cases_in_turn)
        if not run.plumbing and not keep_going:
            run.skipped |= {case.id: "identity failed" for case in group}
            forbidden = []
            continue
        asked = {next(numbers): p for case in group for p in presentations(case)}
        last = run.selected[-1] is group[-1] and not forbidden
        for question, reply in candidate.ask(questions(asked, encoding), last):
            run.results.append(verdict(asked[question.id], reply))
            progress(run.results[-1])
        run.plumbing = all(r.verdict == "passed" for r in run.results if r.presentation.case.layer == "identity")
    wrong = {next(numbers): refusal for refusal in forbidden}
    for question, reply in candidate.ask(questions(wrong, encoding), last=True):
        run.refused.append(Refused(wrong[question.id], *refusals.verdict(reply)))
    run.requests, run.asking_seconds = len(run.results) + len(run.refused), time.perf_counter() - started
    run.complete = True


def questions(asked: Mapping[int, Presentation | Refusal], encoding: str) -> Iterator[Question]:
    """Yield the questions of numbered presentations and refusals."""
    for number, p in asked.items():
        size = p.reply_bytes if isinstance(p, Presentation) else REPLY_BYTES
        yield Question(number, lambda p=p, number=number: p.message(number, encoding), size)  # type: ignore[misc]
