"""A wrong answer is explained by what was really done, by a relation that really holds, or not at all."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from conftest import ROOT
from gradspec_conformance import explain, hypotheses, mistaken
from gradspec_conformance.corpus import FIXTURES
from gradspec_conformance.explain import UNEXPLAINED, Account, Explanation, WrongAnswer, account, where
from gradspec_conformance.fixture import Case
from gradspec_conformance.hypotheses import Wrong, fitting
from gradspec_conformance.run import Run, check
from gradspec_conformance.supervisor import Supervisor
from gradspec_reference.mistake import Mistake
from gradspec_reference.mistaken import answer, failing
from gradspec_reference.mistakes import MISTAKES

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
    """On the other side of the pipe, asked the cases of its layer that show any mistake."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    shown = mistaken.read(FIXTURES, [(c.layer, c.dtype, c.name) for c in cases])

    def names_of(mistake: str) -> list[str]:
        layer = mistake.split("/")[0]
        own = [case for case in cases if case.layer == layer and shown[case.id]]
        candidate, run = Supervisor([*SERVE, "--mistake", mistake], 60), Run(len(own))
        try:
            check(run, candidate, own, keep_going=True)
        finally:
            candidate.close()
        assert run.exit_code == 1, f"{mistake} was not found"
        (only,) = account(run.wrong_answers(), run.selected, FIXTURES)
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
    wrong = {c.id: WrongAnswer(c, tensors[c.id], frozenset(failing(c, tensors[c.id]))) for c in own}
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


# Simple relations, each on one tensor of a real case.


def wrong(cases: list[Case], case_id: str, path: str, change: Callable[[np.ndarray], np.ndarray]) -> Wrong:
    (case,) = (c for c in cases if c.id == case_id)
    interval = case.interval(path)
    return Wrong(case, path, np.asarray(change(interval.value.copy())), interval)


def at(index: object, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    def changed(value: np.ndarray) -> np.ndarray:
        value[index] = change(value[index])  # type: ignore[index,call-overload]
        return value

    return changed


def to_bfloat16(x: np.ndarray) -> np.ndarray:
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


def to_float32(x: np.ndarray) -> np.ndarray:
    return x.astype("f4").astype("f8")


KINK, LOGITS = "relu/float64/kink_at_positive_zero", "softmax/float64/distinct_extents"
PRODUCT = "matmul/float64/all_extents_equal"
AFFINE, SQUARE = "affine/float64/distinct_extents", "affine/float64/all_extents_equal"  # N 4, D 3, H 5
RELATIONS = {
    "nan": (AFFINE, "outputs/y", lambda y: y * np.nan, "all_nan", "every element is NaN"),
    "zero": (AFFINE, "gradients/w", lambda w: w * 0, "all_zero", "every element is 0"),
    "sign": (AFFINE, "gradients/w", lambda w: -w, "constant_factor", "every element is the right one times -1"),
    "double": (AFFINE, "gradients/w", lambda w: 2 * w, "constant_factor", "times 2"),
    "half": (AFFINE, "gradients/w", lambda w: w / 2, "constant_factor", "times 1/2"),
    "N": (AFFINE, "gradients/w", lambda w: 4 * w, "constant_factor", "times N"),
    "1/N": (AFFINE, "gradients/w", lambda w: w / 4, "constant_factor", "times 1/N"),
    "1/H": (AFFINE, "gradients/x", lambda x: x / 5, "constant_factor", "times 1/H"),
    "other": (AFFINE, "gradients/w", lambda w: 1.375 * w, "constant_factor", "times 1.375"),
    "nearly 1": (AFFINE, "gradients/w", lambda w: w * (1 + 1e-7), "constant_factor", "times 1 + 1e-07"),
    "transposed": (SQUARE, "gradients/w", lambda w: w.T, "transposed", "its transpose is right"),
    "order": (AFFINE, "gradients/w", lambda w: w.T.reshape(w.shape), "column_major", "in column-major order"),
    "reversed": (AFFINE, "outputs/y", lambda y: y[::-1], "permuted", "its rows reversed"),
    "rolled": (AFFINE, "outputs/y", lambda y: np.roll(y, 1, 1), "permuted", "its columns in the order [1, 2, 3, 4, 0]"),
    "offset": (AFFINE, "outputs/y", lambda y: y + 0.375, "constant_offset", "too large by the same number"),
    "float32": (AFFINE, "outputs/y", to_float32, "lower_precision", "the 24 bits of float32"),
    "bfloat16": (AFFINE, "outputs/y", to_bfloat16, "lower_precision", "the 8 bits of bfloat16"),
    "last row": (AFFINE, "gradients/x", at(3, lambda x: x * 0), "one_line_wrong", "only the last row is wrong"),
    "first column": (AFFINE, "gradients/x", at(np.s_[:, 0], np.square), "one_line_wrong", "only the first column"),
    "kink": (KINK, "gradients/x", at(np.eye(2, dtype=bool), lambda x: x + 1), "wrong_at_kink", "where x is 0"),
    "echo": ("relu/float64/distinct_extents", "outputs/y", None, "echo", "it is the input x, unchanged"),
    "logits": (LOGITS, "outputs/probabilities", at((0, 1), lambda p: p + 1), "wrong_at_large_logits", "large logits"),
    "exchanged": (PRODUCT, "gradients/a", None, "exchanged", "it is the right gradients/b"),
}  # fmt: skip


GIVEN: dict[str, Callable[[Case], np.ndarray]] = {
    "echo": lambda case: case.inputs["x"].astype("f8"),
    "exchanged": lambda case: case.gradients["b"].value,
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_is_seen_where_it_holds(cases: list[Case], relation: str) -> None:
    case_id, path, change, name, evidence = RELATIONS[relation]
    (case,) = (c for c in cases if c.id == case_id)
    if change is not None:
        seen = wrong(cases, case_id, path, change)
    else:
        seen = Wrong(case, path, GIVEN[relation](case), case.interval(path))
    if relation == "logits":  # as if the first example's were large
        logits = case.inputs["logits"].copy()
        logits[0] = 800.0
        seen = dataclasses.replace(seen, case=dataclasses.replace(case, inputs={"logits": logits}))
    found = fitting(seen)
    assert next(iter(found)) == name, found
    assert evidence in found[name]


def test_every_relation_is_tested() -> None:
    assert {name for _, _, _, name, _ in RELATIONS.values()} == set(hypotheses.HYPOTHESES)


def test_no_relation_is_seen_in_noise(cases: list[Case]) -> None:
    noise = np.random.default_rng(7)
    for path in ("outputs/y", "gradients/x", "gradients/w", "gradients/b"):
        found = fitting(wrong(cases, AFFINE, path, lambda v: v + noise.normal(size=v.shape)))
        assert found == {}


def test_a_relation_that_all_but_one_element_have_is_not_seen(cases: list[Case]) -> None:
    assert "constant_factor" not in fitting(wrong(cases, AFFINE, "gradients/w", lambda w: at((1, 1), np.abs)(-3 * w)))


def test_a_scalar_has_no_factor_but_a_named_one(cases: list[Case]) -> None:
    """Any number is some multiple of any other."""
    loss = "squared_error/float64/mean"
    assert "constant_factor" not in fitting(wrong(cases, loss, "outputs/loss", lambda x: x * 1.2345))
    assert "times 2" in fitting(wrong(cases, loss, "outputs/loss", lambda x: x * 2))["constant_factor"]


def test_likeness_ignores_where_both_are_right() -> None:
    from gradspec_conformance.fixture import Interval

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

    from gradspec_conformance.spec import validator

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
    call = [sys.executable, "-m", "gradspec_conformance", *arguments]
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

    from gradspec_conformance import narrate

    one, two = (Explanation(layer, "gate_missing", "It was.", "Add it.", (f"{layer}/x/y",), 1) for layer in ("a", "b"))
    console = Console(width=200)
    with console.capture() as captured:
        narrate.show([Account("a", (one,), ""), Account("b", (two,), "fails.")], console)
    text = captured.get()
    assert text.count("It was.") == 1
    assert "gate_missing in a, b: seen in 2 of the 2 cases that show it" in text
    assert "b fails." in text
