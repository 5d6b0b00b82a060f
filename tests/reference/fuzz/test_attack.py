"""No allowed algorithm leaves an interval; one that would is found, made small and can be replayed."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import gradspec_reference.fuzz.attack as attacking
import gradspec_reference.prove as proving
from gradspec.corpus.case import FLUSH, Interval
from gradspec_reference.cli import main
from gradspec_reference.evaluate import Request
from gradspec_reference.fuzz.attack import TRUTH, Finding, attack
from gradspec_reference.fuzz.campaign import Tally, chunk, run
from gradspec_reference.fuzz.document import document, read
from gradspec_reference.fuzz.draw import draw
from gradspec_reference.fuzz.selection import variants_for
from gradspec_reference.fuzz.shrink import cost, shrink
from gradspec_reference.independent.variants import named
from gradspec_reference.layers import LAYERS
from gradspec_reference.numbers.formats import FORMATS
from gradspec_reference.numbers.rounded import Model
from gradspec_reference.prove import UnprovenError, prove

COUNTS = {"three_layer_classifier": 40, "two_layer_classifier": 50, "linear_classifier": 60}
SEED = 20261125


@pytest.mark.parametrize(("layer", "dtype"), list(product(LAYERS, FORMATS)))
def test_no_allowed_algorithm_leaves_an_interval(layer: str, dtype: str) -> None:
    tally = chunk(layer, dtype, SEED, 0, COUNTS.get(layer, 80))
    assert not tally.findings, "\n".join(map(document, tally.findings.values()))
    assert tally.requests - tally.refused.total() >= tally.requests / 4
    assert tally.answers >= 2 * (tally.requests - tally.refused.total())


def test_no_counterexample_that_was_ever_found_is_one_still() -> None:
    done = CliRunner().invoke(main, ["fuzz", "--replay", str(Path(__file__).parent / "found.jsonl")])
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) >= 28


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", [layer for layer in LAYERS if layer != "identity"])
def test_nothing_that_flushes_leaves_an_interval_of_the_profile(layer: str, dtype: str) -> None:
    tally = chunk(layer, dtype, SEED, 0, 15, FLUSH)
    assert not tally.findings, "\n".join(map(document, tally.findings.values()))
    assert tally.answers


@pytest.fixture
def halved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the theorem believe that roundings cost half of what they do: single ones are then refused, sums are not."""

    class Halved(Model):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.u = self.u / 2

    monkeypatch.setattr(proving, "Model", Halved)


def cut(change: Callable[[Interval], Interval], tensor: str) -> Callable[[Request], Any]:
    """Return a proof that errs in one gradient."""

    def wrong(request: Request) -> Any:
        outputs, gradients = prove(request)
        return outputs, {k: change(i) if k == tensor else i for k, i in gradients.items()}

    return wrong


def worst(layer: str, dtype: str, count: int = 40) -> Finding:
    """Return the finding of a layer that is the hardest to read."""
    found = [f for i in range(count) for f in findings(layer, dtype, i)]
    return max(found, key=lambda f: cost(f.request))


def findings(layer: str, dtype: str, index: int) -> tuple[Finding, ...]:
    request = draw(layer, dtype, 4, index).request
    return attack(request, variants_for(request, index)).findings


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", ["matmul", "affine", "softmax"])
@pytest.mark.usefixtures("halved")
def test_half_a_rounding_is_found_and_shrunk(layer: str, dtype: str) -> None:
    found = worst(layer, dtype)
    small = shrink(found)
    assert (small.request.layer, small.what, small.tensor) == (layer, found.what, found.tensor)
    assert cost(small.request) < cost(found.request)
    assert sum(a.size for a in small.request.inputs.values()) <= 10
    assert small.request.attributes.get("layout", "rows") == "rows"
    assert small.request.gradients in ((), (small.tensor.removeprefix("gradients/"),))


def test_a_bound_that_is_cut_is_found_and_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacking, "prove", cut(lambda i: replace(i, hi=i.value), "w2"))
    small = shrink(worst("two_layer_regression", "float32", 25))
    assert small.tensor == "gradients/w2"
    assert small.got > small.hi
    assert small.request.gradients == ("w2",)
    assert sum(a.size for a in small.request.inputs.values()) <= 12
    assert sum(np.count_nonzero(a) for a in small.request.inputs.values()) <= 10


def test_a_truth_that_is_not_finite_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacking, "prove", cut(lambda i: replace(i, value=i.value + np.nan), "x"))
    found = {f.what: f.algorithm for index in range(10) for f in findings("affine", "float64", index)}
    assert found == {"the true value is not finite, its operands are": TRUTH}


def test_an_infinite_bound_of_a_finite_value_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacking, "prove", cut(lambda i: replace(i, hi=i.value + np.inf), "x"))
    found = {f.what for index in range(10) for f in findings("matmul", "float64", index)}
    assert found <= {"a bound is infinite"}
    found = {f.what for index in range(10) for f in findings("affine", "float64", index)}
    assert found == {"a bound is infinite"}


def test_an_answer_that_is_not_finite_is_found() -> None:
    class Broken(type(named("Sequential"))):  # type: ignore[misc]
        def total(self, terms: Any) -> Any:
            return super().total(terms) / 0

    x, b = np.ones((2, 2)), np.ones(2)
    request = Request("bias", "float64", {"layout": "rows"}, {"x": x, "b": b}, {"y": x}, ("b",))
    (found,) = attack(request, [Broken()]).findings
    assert (found.what, found.tensor, found.got) == ("an answer is not finite", "gradients/b", np.inf)


def test_whatever_prove_raises_beside_a_refusal_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: Request) -> Any:
        raise ZeroDivisionError("by zero")

    def refusing(request: Request) -> Any:
        raise UnprovenError("w1 lies 3.5e-8 too close")

    request = draw("bias", "float32", 1, 1).request
    monkeypatch.setattr(attacking, "prove", broken)
    (found,) = attack(request, []).findings
    assert "ZeroDivisionError" in found.what
    monkeypatch.setattr(attacking, "prove", refusing)
    outcome = attack(request, [])
    assert (outcome.refused, outcome.findings) == ("w# lies # too close", ())


def test_a_campaign_is_the_same_in_one_process_and_in_two() -> None:
    pairs = [("bias", "float32"), ("log_loss", "float64"), ("relu", "float32")]

    def told(tally: Tally) -> tuple[object, ...]:
        return tally.requests, tally.answers, tally.refused, tally.drawn, tally.times

    one, two = (run(pairs, count=150, seconds=None, seed=3, jobs=jobs) for jobs in (1, 2))
    assert told(one) == told(two)
    assert one.requests == 150


def test_a_campaign_stops_when_its_time_is_over() -> None:
    tally = run([("relu", "float32")], count=None, seconds=0.2, seed=3, jobs=1)
    assert 0 < tally.requests < 100_000


@pytest.mark.usefixtures("halved")
def test_a_run_prints_what_can_be_replayed(tmp_path: Path) -> None:
    arguments = ["fuzz", "--layer", "matmul", "--dtype", "float32", "--count", "60", "--seed", "4"]
    found = CliRunner().invoke(main, arguments)
    assert found.exit_code == 1, found.output
    assert found.output.startswith("seed 4\n")
    (tmp_path / "log").write_text(found.stdout)
    replayed = CliRunner().invoke(main, ["fuzz", "--replay", str(tmp_path / "log")])
    assert replayed.exit_code == 1
    lines = [json.loads(line) for line in found.stdout.splitlines() if line.startswith("{")]
    assert [x["finding"]["algorithm"] for x in lines] == [algorithm for _, algorithm, _ in read(tmp_path / "log")]
    assert len(lines) == sum(line.startswith("{") for line in replayed.stdout.splitlines())


def test_a_run_that_finds_nothing_ends_with_0_and_says_what_it_did(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["fuzz", "--layer", "bias", "--layer", "relu", "--count", "50", "--seed", "7"])
    assert done.exit_code == 0, done.output
    assert "50 requests" in done.stdout
    assert "0 kinds of findings" in done.stdout
    drawn = CliRunner().invoke(main, ["fuzz", "--layer", "relu", "--seconds", "0.1"])
    assert drawn.exit_code == 0
    assert drawn.stdout.startswith("seed ")


def test_a_replayed_request_that_is_right_ends_with_0(tmp_path: Path) -> None:
    request = draw("matmul", "float64", 5, 5).request
    finding = Finding(request, "Fused", "an answer is outside", "outputs/y", (0, 0), 1.0, 1.0, 1.0, 1.0, np.inf)
    (tmp_path / "one").write_text(json.dumps(json.loads(document(finding)), indent=1))
    ((again, algorithm, _),) = read(tmp_path / "one")
    assert algorithm == "Fused"
    for group in ("inputs", "cotangents"):
        for name, array in getattr(request, group).items():
            assert getattr(again, group)[name].tobytes() == array.tobytes()
            assert getattr(again, group)[name].dtype == array.dtype
    done = CliRunner().invoke(main, ["fuzz", "--replay", str(tmp_path / "one")])
    assert done.exit_code == 0, done.output
    assert "none outside" in done.stdout or "refused" in done.stdout


GOOD = json.loads(document(Finding(draw("relu", "float32", 1, 1).request, "", "", "", (), *(0.0,) * 5)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("", "holds no request"),
        ("no braces at all", "holds no request"),
        ('{"kind": ', "not JSON"),
        ("[1]", "no evaluate message"),
        (json.dumps(GOOD | {"dtype": "float16"}), "no evaluate message"),
        (json.dumps(GOOD | {"layer": "conv"}), "there is no layer conv"),
        (json.dumps(GOOD | {"inputs": {}}), "every input must be given"),
        (json.dumps(GOOD | {"inputs": {"x": {"dtype": "float32", "shape": [2], "data": [1.0]}}}), "needs 2 elements"),
        (json.dumps(GOOD | {"finding": {"algorithm": "Careless"}}), "no allowed algorithm"),
    ],
)
def test_a_file_that_cannot_be_replayed_ends_with_2(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "file").write_text(text)
    done = CliRunner().invoke(main, ["fuzz", "--replay", str(tmp_path / "file")])
    assert done.exit_code == 2, done.output
    assert said in done.output


@pytest.mark.parametrize("arguments", [["--replay", "x", "--seed", "1"], ["--layer", "conv"], ["--count", "0"]])
def test_options_that_make_no_sense_end_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["fuzz", *arguments]).exit_code == 2
