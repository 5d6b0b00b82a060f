"""The theorem of ``spec/accuracy.md``: what `prove` accepts, every allowed computation meets.

Each test is a request for which the theorem was once false or too narrow. It may be refused; if it is not, its
intervals hold the answers that the test computes in NumPy, in allowed ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from gradspec.corpus.case import Interval
from gradspec.corpus.spec import layers
from gradspec_reference.evaluate import Request
from gradspec_reference.prove import UnprovenError, prove

Array = npt.NDArray[Any]
Proof = dict[str, Interval]
DTYPES = ("float64", "float32")


def proof(layer: str, dtype: str, inputs: Mapping[str, Any], dloss: Any, reduction: str = "sum") -> Proof:
    """Return the intervals by path; labels are integers, everything else is of `dtype`."""
    spec = layers()[layer]
    arrays = {k: np.array(v, dtype=np.int64 if k == "labels" else dtype) for k, v in inputs.items()}
    cotangents = {spec.cotangents[0]: np.array(dloss, dtype=dtype)}
    attributes = {"layout": "rows", "reduction": reduction}
    own = {name: attributes[name] for name in spec.attributes}
    outputs, gradients = prove(Request(layer, dtype, own, arrays, cotangents, tuple(spec.differentiable)))
    return {f"outputs/{k}": i for k, i in outputs.items()} | {f"gradients/{k}": i for k, i in gradients.items()}


def holds(found: Proof, path: str, *answers: Any) -> None:
    for answer in answers:
        got = np.asarray(answer, dtype=np.float64).reshape(found[path].value.shape)
        assert found[path].passes(got).all(), f"{path}: {got} is not in [{found[path].lo}, {found[path].hi}]"


def refused_or_holds(*asked: Any, **answers: Any) -> None:
    """Ask `proof`; compare the gradients (or, with ``_`` before it, the output) of these names."""
    try:
        found = proof(*asked)
    except UnprovenError:
        return
    for name, given in answers.items():
        holds(found, f"outputs/{name[1:]}" if name.startswith("_") else f"gradients/{name}", *given)


def numbers(seed: int, *shape: int, dtype: str = "float64", scale: float = 1.0) -> Array:
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(dtype)


class TestRange:
    """Underflow, overflow, infinities: nothing that is not finite is taken for an answer."""

    def test_a_ball_that_blows_up_is_not_taken_for_nan(self) -> None:
        w = np.array([[1.3, -0.7], [0.9, 1.9]]) * 2.0**150
        asked = ("linear_classifier", "float64", {"x": [[1.1, 2.3]], "w": w, "b": [0.1, 0.2], "labels": [0]}, 1.0)
        try:
            found = proof(*asked)
        except UnprovenError:
            return
        assert not any(np.isnan(interval.value).any() for interval in found.values())
        holds(found, "outputs/probabilities", [[0.0, 1.0]])

    def test_scaled_last_the_gradient_underflows(self) -> None:
        inputs = {"x": [[0.0]], "w": [[3 * 2.0**-1074]], "b": [0.5], "target": [[0.5 - 2.0**-10]]}
        residual, w, dloss = 2.0**-10, 3 * 2.0**-1074, 2.0**20
        refused_or_holds(
            "linear_regression", "float64", inputs, dloss, x=[(residual * dloss) * w, (residual * w) * dloss]
        )

    def test_scaled_last_the_gradient_overflows(self) -> None:
        inputs = {"x": [[0.0]], "w": [[2.0**68]], "b": [1.5 * 2.0**60], "target": [[0.0]]}
        with np.errstate(over="ignore"):
            last = (np.float32(1.5 * 2.0**60) * np.float32(2.0**68)) * np.float32(1.5 * 2.0**-10)
        assert np.isinf(last)
        refused_or_holds("linear_regression", "float32", inputs, 1.5 * 2.0**-10, x=[last])

    def test_a_cotangent_of_zero_does_not_hide_an_overflow(self) -> None:
        inputs = {"x": [[0.0]], "w": [[2.0**68]], "b": [2.0**68], "target": [[0.0]]}
        refused_or_holds("linear_regression", "float32", inputs, 0.0, x=[np.nan])

    @pytest.mark.parametrize("p", [2.0**-1074, 2.0**-1030, 3 * 2.0**-1074])
    @pytest.mark.parametrize("dloss", [0.0, 1.0, -0.75])
    def test_a_subnormal_denominator_has_no_reciprocal(self, p: float, dloss: float) -> None:
        with np.errstate(all="ignore"):
            answers = [[-(dloss / np.float64(p)), 0.0]], [[-(dloss * (1 / np.float64(p))), 0.0]]
        inputs = {"probabilities": [[p, 0.5]], "labels": [0]}
        refused_or_holds("log_loss", "float64", inputs, [dloss], "none", probabilities=answers)
        refused_or_holds("log_loss", "float64", inputs, dloss, probabilities=answers)

    @pytest.mark.parametrize("n", [3, 4])
    def test_a_share_of_a_tiny_cotangent_is_lost(self, n: int) -> None:
        dloss, p = 3 * 2.0**-149, 2.0**-20
        first = -(np.float32(dloss) / np.float32(n)) / np.float32(p)
        last = np.float32(-1 / np.float32(p)) * np.float32(dloss) / np.float32(n)
        inputs = {"probabilities": [[p, 0.5]] * n, "labels": [0] * n}
        answers = [np.array([[x, 0]] * n) for x in (first, last)]
        refused_or_holds("log_loss", "float32", inputs, dloss, "mean", probabilities=answers)

    def test_a_computed_number_overflows_where_the_true_one_is_finite(self) -> None:
        inputs = {"x": [[2.0**100]], "w": [[2.0**60]], "b": [0.0], "labels": [0]}
        nan = np.full((1, 1), np.nan)
        refused_or_holds("linear_classifier", "float32", inputs, 1.0, _probabilities=[nan], _loss=[np.nan], x=[nan])

    @pytest.mark.parametrize("x", [1.5, -2.5])
    def test_an_overflow_that_is_multiplied_by_zero(self, x: float) -> None:
        asked = {"x": [[2.0**100, x]], "w1": [[2.0**100], [1.0]], "b1": [0.0], "w2": [[0.0]], "b2": [1.0]}
        asked |= {"target": [[0.0]]}
        refused_or_holds("two_layer_linear", "float32", asked, 1.0, _prediction=[[[np.nan]]])

    def test_finite_terms_overflow_before_an_infinity_is_added(self) -> None:
        a, b = [[2.0**100, 1.5 * 2.0**127, 1.5 * 2.0**127, 1.0]], [[1.0], [1.0], [1.0], [-np.inf]]
        with np.errstate(all="ignore"):
            later = (np.float32(a[0][1]) + np.float32(a[0][2])) + np.float32(-np.inf)
        assert np.isnan(later)
        with pytest.raises(UnprovenError, match="overflow"):
            prove(Request("matmul", "float32", {}, {"a": np.float32(a), "b": np.float32(b)}, {}, ()))
        found, _ = prove(
            Request("matmul", "float32", {}, {"a": np.float32([[2.0, 1.0]]), "b": np.float32(b)[2:]}, {}, ())
        )
        assert found["y"].value == -np.inf

    def test_the_half_may_come_last(self) -> None:
        f = np.full((8, 1), 2.0**63, np.float32)
        with np.errstate(over="ignore"):
            last = (f * f).sum() / np.float32(8) * np.float32(0.5)
        refused_or_holds("squared_error", "float32", {"prediction": f, "target": f * 0}, 1.0, "mean", _loss=[last])


class TestScaling:
    """Scalar factors may be applied at any place."""

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_an_exact_scaled_number_does_not_hide_the_rounding_of_scaling_last(self, dtype: str) -> None:
        kind, w = np.dtype(dtype).type, numbers(1, 200, 1, dtype=dtype)
        inputs = {"x": np.zeros((1, 200)), "w": w, "b": [5.0], "target": [[0.0]]}
        first, last = (kind(3) * kind(5)) * w.T, kind(3) * (kind(5) * w.T)
        assert (first != last).any()
        holds(proof("linear_regression", dtype, inputs, 3.0), "gradients/x", first, last)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_every_place_of_the_factors_of_a_mean(self, dtype: str) -> None:
        kind, x, w = np.dtype(dtype).type, numbers(2, 7, 3, dtype=dtype), numbers(3, 3, 2, dtype=dtype)
        inputs = {"x": x, "w": w, "b": [0.25, -1.5], "target": numbers(4, 7, 2, dtype=dtype)}
        d, n = kind(1.7), kind(7)
        residual = x @ w + np.array([0.25, -1.5], dtype) - inputs["target"]
        answers = [x.T @ (residual * (d / n)), (x.T @ (residual * d)) / n, (x.T @ (residual / n)) * d]
        answers += [(x.T @ residual) * (d / n), (x.T @ residual) * (d * (1 / n)), (x.T @ residual) * d / n]
        holds(proof("linear_regression", dtype, inputs, d, "mean"), "gradients/w", *answers)

    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("c", [1, 2, 3, 5])
    def test_a_mean_over_all_elements_times_half_the_components(self, dtype: str, c: int) -> None:
        kind, f, y = np.dtype(dtype).type, numbers(5, 4, c, dtype=dtype, scale=4), numbers(6, 4, c, dtype=dtype)
        f, y, d, r = np.round(f), np.round(y), kind(0.7), np.round(f) - np.round(y)
        found = proof("squared_error", dtype, {"prediction": f, "target": y}, d, "mean")
        mean = (r * r).sum() / kind(r.size) if c != 1 else (r * r).mean()
        holds(found, "outputs/loss", mean * kind(c / 2), (r * r).sum() * (1 / kind(r.size)) * kind(c / 2))
        norm = kind(2) / kind(r.size)
        holds(found, "gradients/prediction", norm * r * (d * kind(c / 2)), norm * (r * (d * kind(c / 2))))

    def test_a_share_of_a_cotangent_that_is_not_exact(self) -> None:
        dloss, f = 3 * 2.0**-1074, np.full((4, 2), 8.0)
        first, last = f * (dloss / 4), (f * dloss) / 4
        assert (first != last).all()
        inputs = {"prediction": f, "target": f * 0}
        refused_or_holds("squared_error", "float64", inputs, dloss, "mean", prediction=[first, last])


class TestSoftmax:
    """Probabilities, and what follows from them."""

    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("reduction", ["mean", "sum"])
    def test_with_one_class_everything_is_exact(self, dtype: str, reduction: str) -> None:
        inputs = {"x": numbers(7, 3, 2), "w": numbers(8, 2, 1), "b": [0.3], "labels": [0, 0, 0]}
        for path, interval in proof("linear_classifier", dtype, inputs, 1.7, reduction).items():
            assert (interval.lo == interval.hi).all(), path
        for path, interval in proof("softmax", dtype, {"logits": numbers(9, 3, 1)}, numbers(10, 3, 1)).items():
            assert (interval.lo == interval.hi).all(), path

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_probabilities_lie_between_zero_and_one_up_to_rounding(self, dtype: str) -> None:
        inputs = {"x": numbers(11, 5, 40, scale=8), "w": numbers(12, 40, 6, scale=4), "b": numbers(13, 6)}
        inputs["labels"] = np.array([0, 1, 2, 3, 4])
        found = proof("linear_classifier", dtype, inputs, 1.0)["outputs/probabilities"]
        assert found.lo.min() >= 0
        assert found.hi.max() <= 1 + 8 * np.finfo(dtype).eps

    @pytest.mark.parametrize(("dtype", "smallest"), [("float64", 2.0**-1074), ("float32", 2.0**-149)])
    def test_a_probability_is_zero_only_where_its_interval_holds_zero(self, dtype: str, smallest: float) -> None:
        for times, zero in ((1, True), (2.0**8, False)):
            inputs = {"logits": [[0.0, np.log(smallest) + np.log(times), -1.0]], "labels": [1]}
            found = proof("softmax_cross_entropy", dtype, inputs, 1.0)["outputs/probabilities"]
            assert (found.lo[0, 1] == 0) == zero

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_exponentials_to_base_two_with_a_rounded_constant(self, dtype: str) -> None:
        kind, z = np.dtype(dtype).type, -(numbers(14, 40, 5, dtype=dtype, scale=12) ** 2) / np.dtype(dtype).type(4)
        shifted = z - z.max(axis=1, keepdims=True)
        e = np.exp2((shifted * kind(np.log2(np.e))).astype(np.longdouble)).astype(dtype)
        found = proof("softmax", dtype, {"logits": z}, np.ones_like(z))
        holds(found, "outputs/probabilities", e / e.sum(axis=1, keepdims=True))

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_blocks_merged_in_any_tree(self, dtype: str) -> None:
        logits = numbers(15, 20, 9, dtype=dtype, scale=8)

        def merge(row: Array) -> tuple[Any, Any]:
            if len(row) == 1:
                return row[0], row.dtype.type(1)
            half = 1 + len(row) // 3
            (m, s), (n, t) = merge(row[:half]), merge(row[half:])
            top = max(m, n)
            return top, s * np.exp(m - top) + t * np.exp(n - top)

        rows = [(np.sort(row) if i % 2 else row, i) for i, row in enumerate(logits)]
        logits = np.array([row for row, _ in rows])
        parts = [merge(row) for row in logits]
        p = np.array([np.exp(row - m) / s for row, (m, s) in zip(logits, parts, strict=True)])
        labels = np.arange(20) % 9
        found = proof("softmax_cross_entropy", dtype, {"logits": logits, "labels": labels}, np.ones(20), "none")
        holds(found, "outputs/probabilities", p)
        losses = [np.log(s) - (row[y] - m) for row, (m, s), y in zip(logits, parts, labels, strict=True)]
        holds(found, "outputs/loss", losses)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_softmax_and_log_loss_as_two_layers(self, dtype: str) -> None:
        logits = numbers(16, 300, 4, dtype=dtype, scale=3)
        logits[:, 1] -= np.dtype(dtype).type(14)
        labels, rows, w = np.where(np.arange(300) % 3, 1, 0), np.arange(300), numbers(17, 300, dtype=dtype)
        z = logits - logits.max(axis=1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        dp = np.zeros_like(p)
        dp[rows, labels] = -w / p[rows, labels]
        s = (dp * p).sum(axis=1, keepdims=True)
        jacobian = np.eye(4, dtype=dtype) * p[:, :, None] - p[:, :, None] * p[:, None, :]
        answers = p * (dp - s), dp * p - p * s, (jacobian * dp[:, None, :]).sum(axis=2)
        found = proof("softmax_cross_entropy", dtype, {"logits": logits, "labels": labels}, w, "none")
        holds(found, "gradients/logits", *answers)
        holds(found, "outputs/loss", -np.log(p[rows, labels]))

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_the_gradient_of_a_logarithm_to_base_two(self, dtype: str) -> None:
        kind = np.dtype(dtype).type
        p, ln2, dloss = abs(numbers(18, 200, 2, dtype=dtype)) + kind(0.01), kind(np.log(2)), kind(-1.5)
        p[0] = 1
        labels = np.zeros(200, dtype=np.int64)
        dp = np.zeros_like(p)
        dp[:, 0] = -(dloss * ln2) / (p[:, 0] * ln2)
        found = proof("log_loss", dtype, {"probabilities": p, "labels": labels}, dloss)
        holds(found, "gradients/probabilities", dp)
