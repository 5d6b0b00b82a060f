"""A wrong answer is explained by what was really done, by a relation that really holds, or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from gradspec.corpus import wrong_answers as wrong_answers
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec.diagnosis import known_mistakes as explain
from gradspec.diagnosis.account import Account, account, where
from gradspec.diagnosis.explanation import UNEXPLAINED, Explanation, Failure
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import questions
from gradspec.verdict.result import verdict
from gradspec.verdict.run import Run
from gradspec.verdict.variants import PLAIN, Variant
from gradspec_reference.mistakes import MISTAKES
from gradspec_reference.mistakes.mistake import Mistake
from gradspec_reference.wrong_answers import answer, failing
from paths import ROOT

ALL = [f"{layer}/{mistake.name}" for layer, own in MISTAKES.items() for mistake in own]
SERVE = [sys.executable, "-m", "gradspec_reference", "serve"]

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


def allowed(first: dict[str, list[str]]) -> None:
    """Demand that nearly every mistake is the first of the names that it gets."""
    wrong = {mistake: names for mistake, names in first.items() if names[0] != mistake.split("/")[1]}
    assert {(mistake, names[0]) for mistake, names in wrong.items()} <= set(HARD_TO_TELL_APART)
    assert len(wrong) <= 0.05 * len(first)
    for mistake in wrong:
        assert mistake.split("/")[1] in first[mistake]  # not first, but named


def test_every_mistake_is_named_first_in_a_whole_run(cases: list[Case]) -> None:
    allowed({f"{layer}/{m.name}": names(explained(cases, layer, m)) for layer, own in MISTAKES.items() for m in own})


@pytest.mark.timeout(900)
def test_every_mistake_is_named_first_when_a_candidate_makes_it(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the other side of the pipe, asked plainly the cases of its layer that show any mistake."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    shown = wrong_answers.read(FIXTURES, [(c.layer, c.dtype, c.name) for c in cases])

    def names_of(mistake: str) -> list[str]:
        layer = mistake.split("/")[0]
        own = [case for case in cases if case.layer == layer and shown[case.id]]
        asked = {n: Variant(case, PLAIN, tuple(case.gradients)) for n, case in enumerate(own)}
        candidate, run = Supervisor([*SERVE, "--mistake", mistake], 60), Run(len(own))
        try:
            for question, reply in candidate.ask(questions(asked, "base64"), last=True):
                run.results.append(verdict(asked[question.id], reply, "base64"))
        finally:
            candidate.close()
        assert {r.verdict for r in run.results} <= {"passed", "wrong"}
        (only,) = account(run.wrong_answers(), own, FIXTURES)
        assert only.layer == layer
        return names(only)

    with ThreadPoolExecutor(2) as pool:
        allowed(dict(zip(ALL, pool.map(names_of, ALL), strict=True)))


# Several mistakes, and none.


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


# How alike two answers are.


def test_likeness_ignores_where_both_are_right() -> None:
    from gradspec.corpus.case import Interval

    value = np.array([1.0, 2.0, 0.0])
    wide = np.array([0.1, 0.1, 0.0])
    interval = Interval(value, value - wide, value + wide)
    mistake = np.array([1.05, np.nan, 8.0])
    assert explain.rest(np.array([0.95, np.nan, 8.0]), mistake, interval, "float64") == 0.0
    assert explain.rest(np.array([0.95, np.nan, 8.4]), mistake, interval, "float64") == pytest.approx(0.05)
    assert explain.rest(np.array([0.95, 2.0, 8.0]), mistake, interval, "float64") == np.inf
    assert explain.rest(np.array([np.inf, np.nan, 8.0]), mistake, interval, "float64") == np.inf


# The report.


def test_the_json_report_has_the_account_and_keeps_to_its_schema(tmp_path: Path) -> None:
    import json

    from gradspec.corpus.schema import validator

    report = tmp_path / "report.json"
    adapter = ROOT / "conformance" / "adapters" / "numpy" / "candidate.py"
    code, _ = gradspec("check", "--layer", "relu", "--json", str(report), "--", sys.executable, str(adapter))
    document = json.loads(report.read_text())
    validator("report").validate(document)
    (of_relu,) = document["accounts"]
    assert (code, of_relu["layer"], of_relu["where"]) == (1, "relu", "fails exactly the cases with the tag kink.")
    (gate,) = of_relu["explanations"]
    assert (gate["name"], gate["known"], len(gate["matched"]), gate["shown"]) == ("gate_open_at_zero", True, 4, 4)
    failed = {r["case"] for r in document["results"] if r["verdict"] == "wrong"}
    assert {*gate["matched"], *gate["consistent"]} == failed


def gradspec(*arguments: str) -> tuple[int, str]:
    import subprocess

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    call = [sys.executable, "-m", "gradspec", *arguments]
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, env=environment)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_the_first_source_reads_two_plain_reasons(tmp_path: Path) -> None:
    adapter = ROOT / "conformance" / "adapters" / "numpy" / "candidate.py"
    code, text = gradspec("check", "--limit", "0", "--", sys.executable, str(adapter))
    told = text.split("What went wrong\n")[1].split("\n\n")[0].splitlines()
    assert code == 1
    assert [line.strip() for line in told if line.startswith("    ")] == [
        "The gate was left open where the value before the relu is exactly 0: >= stands where > belongs [RE-3].",
        "Let dx be dy where x > 0, and 0 elsewhere [RE-3].",
        "The exponentials were taken of the logits as they are, so that large logits overflow and very negative ones "
        "vanish [SC-4, SM-3].",
        "Subtract each row's maximum from its logits before taking exponentials [SC-4, SM-3].",
    ]


def test_an_explanation_of_several_layers_is_told_once(cases: list[Case]) -> None:
    from rich.console import Console

    from gradspec.report import narrative as narrate

    one, two = (Explanation(layer, "gate_missing", "It was.", "Add it.", (f"{layer}/x/y",), 1) for layer in ("a", "b"))
    console = Console(width=200)
    with console.capture() as captured:
        narrate.show([Account("a", (one,), ""), Account("b", (two,), "fails.")], console)
    text = captured.get()
    assert text.count("It was.") == 1
    assert "gate_missing in a, b: matches 2 of 2 cases that expose it" in text
    assert "b fails." in text
