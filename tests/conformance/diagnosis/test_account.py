"""A wrong answer is explained by what was really done, by a relation that really holds, or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mistaken_candidate
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.wrong_answers import WrongAnswer
from gradspec.diagnosis.account import Account, account, where
from gradspec.diagnosis.explanation import UNEXPLAINED, Failure
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import questions
from gradspec.verdict.result import verdict
from gradspec.verdict.run import Run
from gradspec.verdict.variants import PLAIN, Variant
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.mistakes.mistake import Mistake
from gradspec_reference.wrong_answers import answer, failing
from mistaken_candidate import BLOCK

SERVE = [sys.executable, "-m", "gradspec_reference", "serve"]
MISTAKEN = str(Path(mistaken_candidate.__file__))

# Pairs of a mistake and the one that may be named before it, and why.
HARD_TO_TELL_APART = {
    ("affine/weight_gradient_column_major", "weight_gradient_transposed"): (
        "In a square matrix reading in the other order is transposing, and the fixtures show a transposed gradient "
        "in square cases alone: all that they hold of either agrees with both."
    ),
    ("softmax/normalised_over_wrong_axis", "columns_taken_for_rows"): (
        "A softmax of columns that is computed as for rows is one over the wrong axis."
    ),
}


def allowed(layer: str, first: dict[str, list[str]]) -> None:
    """Demand that every mistake is the first of the names that it gets, unless it is hard to tell from another."""
    wrong = {mistake: names for mistake, names in first.items() if names[0] != mistake}
    assert {(f"{layer}/{mistake}", names[0]) for mistake, names in wrong.items()} <= set(HARD_TO_TELL_APART)
    for mistake in wrong:
        assert mistake in first[mistake]  # not first, but named


def test_nearly_every_mistake_can_be_told_apart() -> None:
    assert len(HARD_TO_TELL_APART) <= 0.05 * sum(map(len, MISTAKES.values()))


@pytest.mark.parametrize("layer", MISTAKES)
def test_every_mistake_is_named_first_in_a_whole_run(cases: list[Case], layer: str) -> None:
    allowed(layer, {mistake.name: names(explained(cases, layer, mistake)) for mistake in MISTAKES[layer]})


def accounts_of(command: list[str], cases: list[Case], count: int) -> list[Account]:
    """Ask a candidate `cases` plainly, `count` times, each time in a block of ids, and account for each time."""
    blocks = [
        {n + i * BLOCK: Variant(case, PLAIN, tuple(case.gradients)) for n, case in enumerate(cases)}
        for i in range(count)
    ]
    asked = {number: variant for block in blocks for number, variant in block.items()}
    candidate, runs = Supervisor(command, 60), [Run(len(cases)) for _ in blocks]
    try:
        for question, reply in candidate.ask(questions(asked, "base64"), last=True):
            runs[question.id // BLOCK].results.append(verdict(asked[question.id], reply, "base64"))
    finally:
        candidate.close()
    assert {r.verdict for run in runs for r in run.results} <= {"passed", "wrong"}
    found = [account(run.wrong_answers(), cases, FIXTURES) for run in runs]
    assert [len(accounts) for accounts in found] == [1] * count
    return [only for (only,) in found]


@pytest.fixture
def showing(
    monkeypatch: pytest.MonkeyPatch, cases: list[Case], stored: dict[str, list[WrongAnswer]], layer: str
) -> list[Case]:
    """The cases of a layer that show any mistake, for candidates that find the packages where this process does."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    return [case for case in cases if case.layer == layer and stored[case.id]]


@pytest.mark.parametrize("layer", MISTAKES)
def test_every_mistake_is_named_first_when_a_candidate_makes_it(showing: list[Case], layer: str) -> None:
    """On the other side of the pipe."""
    found = accounts_of([sys.executable, MISTAKEN, layer], showing, len(MISTAKES[layer]))
    assert {only.layer for only in found} == {layer}
    allowed(layer, {mistake.name: names(only) for mistake, only in zip(MISTAKES[layer], found, strict=True)})


@pytest.mark.parametrize("layer", MISTAKES)
def test_the_reference_serves_a_mistake_by_its_name(showing: list[Case], layer: str) -> None:
    name = MISTAKES[layer][-1].name
    (only,) = accounts_of([*SERVE, "--mistake", f"{layer}/{name}"], showing, 1)
    allowed(layer, {name: names(only)})


def explained(cases: list[Case], layer: str, *mistakes: Mistake, change: Callable[..., None] | None = None) -> Account:
    """Return the account of the reference with these mistakes, its tensors changed by `change` afterwards."""
    own = [case for case in cases if case.layer == layer]
    tensors = {}
    for case in own:
        for mistake in mistakes[:1]:
            with mistake.made():
                tensors[case.id] = answer(case)
        for mistake in mistakes[1:]:  # which changes other tensors
            with mistake.made():
                other = answer(case)
            tensors[case.id] |= {path: other[path] for path in failing(case, other)}
        if not mistakes:
            tensors[case.id] = answer(case)
        if change is not None:
            change(case, tensors[case.id])
    wrong = {c.id: Failure(c, tensors[c.id], frozenset(failing(c, tensors[c.id]))) for c in own}
    (only,) = account({i: a for i, a in wrong.items() if a.failed}, own, FIXTURES)
    return only


def named(layer: str, name: str) -> Mistake:
    return next(m for m in MISTAKES[layer] if m.name == name)


def names(found: Account) -> list[str]:
    return [e.name for e in found.explanations]


def test_two_mistakes_in_different_tensors_are_both_named(cases: list[Case]) -> None:
    layer = "linear_regression"
    found = explained(cases, layer, named(layer, "half_missing"), named(layer, "bias_gradient_of_last_row"))
    assert set(names(found)) == {"half_missing", "bias_gradient_of_last_row"}


def test_two_mistakes_in_different_cases_are_both_named(cases: list[Case]) -> None:
    found = explained(cases, "relu", named("relu", "gate_open_at_zero"), named("relu", "nan_taken_for_negative"))
    assert names(found) == ["gate_open_at_zero", "nan_taken_for_negative"]


def test_noise_is_not_explained(cases: list[Case]) -> None:
    def disturb(case: Case, tensors: dict[str, np.ndarray]) -> None:
        seed = np.random.default_rng(len(case.name))
        tensors["gradients/w"] = tensors["gradients/w"] + seed.normal(size=tensors["gradients/w"].shape)

    found = explained(cases, "affine", change=disturb)
    assert UNEXPLAINED in names(found)
    assert all(not e.known for e in found.explanations)
    (last,) = (e for e in found.explanations if e.name == UNEXPLAINED)
    assert len(last.matched) > 30


def test_a_mistake_is_not_named_if_cases_that_show_it_pass(cases: list[Case]) -> None:
    def open_once(case: Case, tensors: dict[str, np.ndarray]) -> None:
        if case.name != "kink_at_positive_zero":
            tensors |= answer(case)

    found = explained(cases, "relu", named("relu", "gate_open_at_zero"), change=open_once)
    gates = [e for e in found.explanations if e.name == "gate_open_at_zero"]
    assert all(len(e.matched) < e.shown for e in gates)


def test_what_the_failing_cases_have_in_common_is_said(cases: list[Case]) -> None:
    own = [c for c in cases if c.layer == "affine"]
    columns = [c.id for c in own if c.attributes["layout"] == "columns"]
    assert where(columns, own) == "fails exactly the cases with layout columns."
    assert where(columns[1:], own) == ""
    assert where([c.id for c in own], own) == ""
    relu = [c for c in cases if c.layer == "relu"]
    assert where([c.id for c in relu if "kink" in c.tags], relu) == "fails exactly the cases with the tag kink."


# The report.
