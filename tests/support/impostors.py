"""Wrong ways of computing the layers: plain NumPy with one fault each, which some case has to find.

Every fault is one that an implementation has had or easily gets. `found_by` names the cases that were made for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradspec.corpus.case import Case
from gradspec_reference.independent.arithmetic import Arithmetic
from gradspec_reference.independent.formulas import Array, Tensors

BOTH = ("float32", "float64")
DOUBLE = ("float64",)  # the fault is smaller than the rounding errors of float32
MEANS = ("softmax_cross_entropy/*/mean", "two_layer_classifier/*/mean")
ALONE = tuple(f"{layer}/*/distinct_extents" for layer in ("matmul", "bias", "affine", "softmax"))
REGRESSIONS = tuple(f"{kind}/*/mean" for kind in ("linear_regression", "two_layer_linear", "*_layer_regression"))
CLASSIFIERS = ("linear_classifier/*/mean", "three_layer_classifier/*/mean")
LOSSES = ("log_loss/*/mean", "squared_error/*/mean")
EVERYWHERE = ("identity/*/every_bit", "relu/*/all_positive", *ALONE, *LOSSES, *MEANS, *CLASSIFIERS, *REGRESSIONS)
KINKS = ("relu/*/kink_at_positive_zero", "relu/*/kink_at_negative_zero", "relu/*/kink_everywhere")


@dataclass(frozen=True)
class Impostor:
    """An arithmetic with one fault, the dtypes in which it shows, and patterns of the cases that must find it."""

    fault: str
    arithmetic: Arithmetic
    dtypes: tuple[str, ...]
    found_by: tuple[str, ...]


IMPOSTORS: list[Impostor] = []
plain = Arithmetic()


def impostor(fault: str, *found_by: str, dtypes: tuple[str, ...] = BOTH, **methods: Callable[..., Any]) -> None:
    """Put plain NumPy with these methods among the impostors."""
    IMPOSTORS.append(Impostor(fault, type("Impostor", (Arithmetic,), methods)(), dtypes, found_by))


def finishing(change: Callable[[str, Array, int, str], Array]) -> Callable[..., Any]:
    """Return a `weigh` after which every finished gradient is changed, given its name, N and the reduction."""

    def weigh(self: Arithmetic, dloss: Array, n: int, reduction: str) -> Any:
        weight, _ = plain.weigh(dloss, n, reduction)
        return weight, lambda gradients: {k: change(k, g, n, reduction) for k, g in gradients.items()}

    return weigh


def answering(change: Callable[[str, Array], Array]) -> Callable[..., Tensors]:
    """Return an `answer` in which every tensor is changed, given its name."""

    def answer(self: Arithmetic, case: Case) -> Tensors:
        with np.errstate(all="ignore"):
            return {name: change(name, tensor) for name, tensor in plain.answer(case).items()}

    return answer


def undivided(prefix: str) -> Callable[..., Any]:
    """Return a `weigh` that forgets 1/N in the gradients whose names start so."""
    return finishing(lambda k, g, n, reduction: g * n if k.startswith(prefix) and reduction == "mean" else g)


def on_exp(change: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    return lambda self, x: change(x, np.exp(x)).astype(x.dtype)


def square(a: Array) -> bool:
    return a.ndim == 2 and a.shape[0] == a.shape[1]


# 1/N, cotangents and reductions

impostor("1/N missing in dw", "two_layer_classifier/*/mean", weigh=undivided("w"))
impostor("1/N missing in db", "two_layer_classifier/*/mean", weigh=undivided("b"))
impostor(
    "1/N missing in every gradient",
    *MEANS,
    weigh=undivided(""),
)
impostor(
    "1/N twice",
    *MEANS,
    weigh=finishing(lambda k, g, n, reduction: g / g.dtype.type(n) if n and reduction == "mean" else g),
)
impostor(
    "1/N where losses are summed",
    "softmax_cross_entropy/*/sum",
    "softmax_cross_entropy/*/columns_sum",
    "two_layer_classifier/*/sum",
    weigh=lambda self, dloss, n, reduction: plain.weigh(dloss, n, "mean" if reduction == "sum" else reduction),
)
impostor(
    "mean for sum",
    "softmax_cross_entropy/*/sum",
    "two_layer_classifier/*/sum",
    reduce=lambda self, losses, reduction: plain.reduce(losses, "mean" if reduction == "sum" else reduction),
)
impostor(
    "mean over no examples taken for 0",
    "softmax_cross_entropy/*/empty_batch_mean",
    "two_layer_classifier/*/empty_batch",
    reduce=lambda self, losses, reduction: plain.reduce(
        losses, "sum" if reduction == "mean" and not losses.size else reduction
    ),
)
impostor(
    "loss cotangent ignored",
    "*/large_cotangent",
    "*/negative_cotangent",
    "*/silent_example",
    weigh=lambda self, dloss, n, reduction: plain.weigh(np.ones_like(dloss), n, reduction),
)
impostor(
    "sign of the loss cotangent ignored",
    "*/negative_cotangent",
    weigh=lambda self, dloss, n, reduction: plain.weigh(abs(dloss), n, reduction),
)
impostor(
    "first example's cotangent for all",
    "*/silent_example",
    weigh=lambda self, dloss, n, reduction: plain.weigh(np.resize(dloss.reshape(-1)[:1], n), n, reduction),
)

# Sums over a batch, and matrices


def back_from(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return an `affine_back` with dx, dw and db replaced by `change`."""
    return lambda self, dy, x, w: change(dy, x, w, *plain.affine_back(dy, x, w))


def drop_odd(a: Array) -> Array:
    return a[:-1] if len(a) % 2 else a


impostor(
    "db from the last row only",
    "affine/*/odd_batch",
    "two_layer_classifier/*/mean",
    affine_back=back_from(lambda dy, x, w, dx, dw, db: (dx, dw, dy[-1] if len(dy) else db)),
)
impostor(
    "last row dropped in dw when N is odd",
    "affine/*/odd_batch",
    "two_layer_classifier/*/odd_batch",
    affine_back=back_from(lambda dy, x, w, dx, dw, db: (dx, drop_odd(x).T @ drop_odd(dy), db)),
)
impostor(
    "last row dropped in the loss when N is odd",
    "softmax_cross_entropy/*/odd_batch",
    "two_layer_classifier/*/odd_batch",
    reduce=lambda self, losses, reduction: plain.reduce(losses if reduction == "none" else drop_odd(losses), reduction),
)
impostor(
    "w for its transpose when square",
    "affine/*/square_asymmetric",
    "affine/*/all_extents_equal",
    "two_layer_classifier/*/all_extents_equal",
    affine_back=back_from(lambda dy, x, w, dx, dw, db: (dy @ w if square(w) else dx, dw, db)),
)
impostor(
    "dx transposed when square",
    "affine/*/all_extents_equal",
    "two_layer_classifier/*/all_extents_equal_columns",
    affine_back=back_from(lambda dy, x, w, dx, dw, db: (dx.T if square(dx) else dx, dw, db)),
)
impostor(
    "dw transposed when square",
    "affine/*/square_asymmetric",
    "two_layer_classifier/*/all_extents_equal",
    affine_back=back_from(lambda dy, x, w, dx, dw, db: (dx, dw.T if square(dw) else dw, db)),
)
impostor(
    "bias added to columns when square",
    "affine/*/all_extents_equal",
    "two_layer_classifier/*/all_extents_equal",
    affine=lambda self, x, w, b: x @ w + (b[:, None] if len(x) == len(b) else b),
)
impostor(
    "bias forgotten without features",
    "affine/*/no_features",
    "two_layer_classifier/*/no_features",
    affine=lambda self, x, w, b: x @ w + b if len(w) else x @ w,
)
impostor(
    "subnormal numbers flushed to zero",
    "affine/*/subnormal_results",
    accumulate=lambda self, a, b: flushed(a @ b),
)
impostor(
    "sums in single precision",
    "affine/*/distinct_extents",
    "two_layer_classifier/*/mean",
    dtypes=DOUBLE,
    accumulate=lambda self, a, b: (a.astype(np.float32) @ b.astype(np.float32)).astype(a.dtype),
)


def flushed(a: Array) -> Array:
    return np.where(abs(a) < np.finfo(a.dtype).smallest_normal, a.dtype.type(0), a)


def strassen(self: Arithmetic, a: Array, b: Array) -> Array:
    """Multiply with seven half-sized products in place of eight; errors of large blocks reach small elements."""
    (n, m), halves = (len(a), b.shape[1]), []
    for matrix in (a, b):
        even = np.pad(matrix, [(0, size % 2) for size in matrix.shape])
        halves.append([np.hsplit(half, 2) for half in np.vsplit(even, 2)])
    ((a11, a12), (a21, a22)), ((b11, b12), (b21, b22)) = halves
    p, q, r, s = (a11 + a22) @ (b11 + b22), (a21 + a22) @ b11, a11 @ (b12 - b22), a22 @ (b21 - b11)
    t, u, v = (a11 + a12) @ b22, (a21 - a11) @ (b11 + b12), (a12 - a22) @ (b21 + b22)
    return np.block([[p + s - t + v, r + t], [q + s, p - q + r + u]])[:n, :m]


impostor("Strassen's product", "affine/*/mixed_magnitudes", "affine/*/cancelling_sums", accumulate=strassen)

# Rectifier and gate

impostor(
    "gate >=",
    *KINKS,
    "two_layer_classifier/*/kink_in_hidden_layer",
    gate=lambda self, dy, x: np.where(x >= 0, dy, dy.dtype.type(0)),
)
impostor(
    "gate half open at the kink",
    *KINKS,
    "two_layer_classifier/*/kink_in_hidden_layer",
    gate=lambda self, dy, x: dy * np.heaviside(x, x.dtype.type(0.5)),
)
impostor(
    "gate open at +0.0 only",
    "relu/*/kink_at_positive_zero",
    "relu/*/kink_everywhere",
    gate=lambda self, dy, x: np.where(np.signbit(x), dy.dtype.type(0), dy),
)
impostor(
    "no gate",
    "relu/*/all_negative",
    "two_layer_classifier/*/dead_hidden_layer",
    gate=lambda self, dy, x: dy,
)
impostor(
    "gate on the cotangent",
    "relu/*/opposed_signs",
    "two_layer_classifier/*/gate_by_pre_activation",
    gate=lambda self, dy, x: np.where(dy > 0, dy, dy.dtype.type(0)),
)
impostor("gate by multiplication", "relu/*/infinite_cotangent", gate=lambda self, dy, x: dy * (x > 0))
impostor(
    "gate closed for subnormal numbers",
    "relu/*/smallest_magnitudes",
    gate=lambda self, dy, x: plain.gate(dy, flushed(x)),
)
impostor(
    "relu leaks 0.01",
    "relu/*/all_negative",
    "two_layer_classifier/*/dead_hidden_layer",
    relu=lambda self, x: np.where(x > 0, x, x * x.dtype.type(0.01)),
)
impostor(
    "relu of NaN is 0",
    "relu/*/nan_input",
    "two_layer_classifier/*/nan_input",
    relu=lambda self, x: np.where(x > 0, x, x.dtype.type(0)),
)
impostor("relu capped at 6", "relu/*/largest_magnitudes", relu=lambda self, x: np.clip(x, 0, x.dtype.type(6)))

# Softmax and its loss


def losses_from(change: Callable[..., Array]) -> Callable[..., Array]:
    """Return `losses` that are computed from logits, their row maxima, their denominators and the probabilities."""

    def losses(self: Arithmetic, logits: Array, labels: Array) -> Array:
        at, top = self.of_label(logits, labels), logits.max(axis=1, keepdims=True)
        return change(logits, top, self.denominator(np.exp(logits - top)), self.softmax(logits))[at]

    return losses


def aliased(self: Arithmetic, weight: Array, p: Array, labels: Array) -> Array:
    p[self.of_label(p, labels)] -= 1
    p *= weight[:, None]
    return p


def unshifted(self: Arithmetic, logits: Array) -> Array:
    return logits.copy()


impostor(
    "softmax over the wrong axis when square",
    "softmax_cross_entropy/*/square",
    "softmax_cross_entropy/*/square_columns",
    softmax=lambda self, logits: plain.softmax(logits.T).T if square(logits) else plain.softmax(logits),
)
impostor(
    "gradient written into the probabilities",
    *MEANS,
    dlogits=aliased,
)
impostor(
    "label off by one for class 0",
    "softmax_cross_entropy/*/first_class",
    "two_layer_classifier/*/first_class",
    of_label=lambda self, rows, labels: (np.arange(len(rows)), labels - (labels == 0)),
)
impostor(
    "label off by one for the last class",
    "softmax_cross_entropy/*/last_class",
    of_label=lambda self, rows, labels: (np.arange(len(rows)), np.where(labels == rows.shape[1] - 1, 0, labels)),
)
impostor(
    "first row's label for all rows",
    *MEANS,
    of_label=lambda self, rows, labels: (np.arange(len(rows)), np.resize(labels[:1], len(rows))),
)
impostor(
    "onehot not subtracted",
    *MEANS,
    dlogits=lambda self, weight, p, labels: weight[:, None] * p,
)
impostor(
    "no shift",
    "*/logits_800",
    "softmax_cross_entropy/*/logits_minus_800",
    "softmax_cross_entropy/*/logits_opposed",
    shift=unshifted,
)
impostor(
    "shift by the global maximum",
    "softmax_cross_entropy/*/rows_far_apart",
    shift=lambda self, logits: logits - logits.max(initial=logits.dtype.type(-np.inf)),
)
impostor(
    "shift by the maximum of magnitudes",
    "softmax_cross_entropy/*/logits_minus_800",
    shift=lambda self, logits: logits - abs(logits).max(axis=1, keepdims=True),
)
impostor(
    "shift clipped at -100",
    "softmax_cross_entropy/*/logits_opposed",
    shift=lambda self, logits: np.maximum(plain.shift(logits), logits.dtype.type(-100)),
)
impostor(
    "loss from x - (max + log sum)",
    "softmax_cross_entropy/*/common_offset",
    losses=losses_from(lambda x, top, total, p: -(x - (top + np.log(total)))),
)
impostor(
    "loss from log sum exp(x) - x",
    "*/logits_800",
    losses=losses_from(lambda x, top, total, p: np.log(plain.denominator(np.exp(x))) - x),
)
impostor(
    "loss from an underflowing probability",
    "softmax_cross_entropy/*/logits_opposed",
    "softmax_cross_entropy/*/subnormal_probability",
    losses=losses_from(lambda x, top, total, p: -np.log(p)),
)
impostor(
    "log(p + 1e-8)",
    "softmax_cross_entropy/*/logits_opposed",
    "softmax_cross_entropy/*/surely_wrong",
    losses=losses_from(lambda x, top, total, p: -np.log(p + p.dtype.type(1e-8))),
)
impostor(
    "denominator + 1e-12",
    *MEANS,
    dtypes=DOUBLE,  # as the sum is at least 1, float32 does not even store the fault
    denominator=lambda self, exponentials: plain.denominator(exponentials) + 1e-12,
)
impostor(
    "logarithm to base 2",
    *MEANS,
    log=lambda self, x: np.log2(x),
)
impostor(
    "exponential 1e-5 too large",
    *MEANS,
    exp=on_exp(lambda x, e: np.where(x == 0, e, e * (1 + 1e-5))),
)
impostor(
    "exponential 1e-6 too large",
    *MEANS,
    dtypes=DOUBLE,  # in float32 that is 8 ULP, of which 4 are allowed
    exp=on_exp(lambda x, e: np.where(x == 0, e, e * (1 + 1e-6))),
)
impostor(
    "exponential flushed below 1e-12",
    "softmax_cross_entropy/*/near_certain",
    "softmax_cross_entropy/*/surely_wrong",
    exp=on_exp(lambda x, e: np.where(e < 1e-12, 0, e)),
)

# Softmax and log loss apart

impostor(
    "p - onehot for the softmax's gradient",
    "softmax/*/distinct_extents",
    "softmax/*/sparse_cotangent",
    softmax_back=lambda self, dp, p: p - (dp == dp.max(axis=1, keepdims=True)),
)
impostor(
    "inner product missing in the softmax's gradient",
    "softmax/*/distinct_extents",
    "softmax/*/uniform_cotangent_in_rows",
    softmax_back=lambda self, dp, p: dp * p,
)
impostor(
    "only the diagonal of the softmax's Jacobian",
    "softmax/*/distinct_extents",
    softmax_back=lambda self, dp, p: dp * p * (1 - p),
)
impostor(
    "inner product over the batch in the softmax's gradient",
    "softmax/*/square",
    "softmax/*/square_columns",
    softmax_back=lambda self, dp, p: p * (dp - (dp * p).sum(axis=0)) if square(p) else plain.softmax_back(dp, p),
)
impostor("log loss to base 2", "log_loss/*/mean", log=lambda self, x: np.log2(x))
impostor(
    "log loss has a gradient everywhere",
    "log_loss/*/mean",
    "log_loss/*/zero_probability_of_others",
    log_losses_back=lambda self, weight, p, labels: -weight[:, None] / p,
)
impostor(
    "sign of the log loss's gradient",
    "log_loss/*/mean",
    log_losses_back=lambda self, weight, p, labels: -plain.log_losses_back(weight, p, labels),
)
impostor(
    "probabilities clipped at 1e-7",
    "log_loss/*/zero_probability",
    "log_loss/*/smallest_normal_probability",
    log_losses=lambda self, p, labels: plain.log_losses(np.maximum(p, p.dtype.type(1e-7)), labels),
)
impostor(
    "probabilities made to sum to 1",
    "log_loss/*/unnormalised",
    log_losses=lambda self, p, labels: plain.log_losses(p / p.sum(axis=1, keepdims=True), labels),
)

# Squared error


def half_squares_from(change: Callable[[Array], Array]) -> Callable[..., Array]:
    """Return `half_squares` in which the losses of the examples are computed by `change`."""
    return lambda self, residual, reduction: self.reduce(change(residual), reduction)


def with_expanded_squares(self: Arithmetic, case: Case) -> Tensors:
    """Compute the squares as f f - 2 y f + y y."""
    found = plain.answer(case)
    f, y = case.inputs.get("prediction"), case.inputs.get("target")
    if f is None or y is None:
        return found
    if case.attributes["layout"] == "columns":
        f, y = f.T, y.T
    with np.errstate(all="ignore"):
        losses = (f * f - 2 * y * f + y * y).sum(axis=1) / 2
        loss = plain.reduce(losses, case.attributes["reduction"])
    return found | {"outputs/loss": np.asarray(loss)}


impostor(
    "half of the squared error missing",
    "squared_error/*/mean",
    *REGRESSIONS,
    half_squares=half_squares_from(lambda residual: (residual * residual).sum(axis=1)),
)
impostor(
    "squared error divided by components too",
    "squared_error/*/mean",
    *REGRESSIONS,
    half_squares=half_squares_from(
        lambda residual: (residual * residual).sum(axis=1) / (2 * max(residual.shape[1], 1))
    ),
)
impostor(
    "squared error's gradient doubled",
    "squared_error/*/mean",
    *REGRESSIONS,
    dresidual=lambda self, weight, residual: plain.dresidual(2 * weight, residual),
)
impostor(
    "sign of the target's gradient",
    "squared_error/*/mean",
    *REGRESSIONS,
    dresidual=lambda self, weight, residual: (plain.dresidual(weight, residual)[0],) * 2,
)
impostor(
    "both signs of the squared error's gradients",
    "squared_error/*/mean",
    *REGRESSIONS,
    dresidual=lambda self, weight, residual: plain.dresidual(weight, -residual),
)
impostor("square of the residual expanded", "squared_error/*/one_ulp_apart", answer=with_expanded_squares)
impostor(
    "absolute error for squared error",
    "squared_error/*/mean",
    half_squares=half_squares_from(lambda residual: abs(residual).sum(axis=1) / 2),
)

# Factors, biases and gates in the new places

impostor(
    "factors swapped when square",
    "matmul/*/all_extents_equal",
    accumulate=lambda self, a, b: b @ a if square(a) and a.shape == b.shape else a @ b,
)
impostor(
    "bias summed over the wrong axis when square",
    "bias/*/square",
    "bias/*/square_columns",
    bias_back=lambda self, dy: (dy.copy(), dy.sum(axis=1) if square(dy) else dy.sum(axis=0)),
)
impostor(
    "mean for the bias's sum",
    "bias/*/distinct_extents",
    bias_back=lambda self, dy: (dy.copy(), dy.mean(axis=0) if len(dy) else dy.sum(axis=0)),
)
impostor(
    "gate dropped in networks",
    "two_layer_regression/*/mean",
    "three_layer_regression/*/mean",
    "two_layer_regression/*/dead_hidden_layer",
    "three_layer_regression/*/second_layer_dead",
    network_back=lambda self, dy, depth, a, x, w: plain.affine_back(dy, x, w),
)
impostor(
    "first gate of three layers dropped",
    "three_layer_regression/*/mean",
    "three_layer_classifier/*/mean",
    network_back=lambda self, dy, depth, a, x, w: plain.network_back(dy, depth, None if depth == 1 else a, x, w),
)
impostor(
    "second gate of three layers dropped",
    "three_layer_regression/*/mean",
    "three_layer_classifier/*/mean",
    network_back=lambda self, dy, depth, a, x, w: plain.network_back(dy, depth, None if depth == 2 else a, x, w),
)


def gate_by_sum(self: Arithmetic, dy: Array, depth: int, a: Array | None, x: Array, w: Array) -> Any:
    """Let a unit pass for all examples or for none."""
    return plain.network_back(dy, depth, None if a is None else np.broadcast_to(a.sum(axis=0), a.shape), x, w)


def hidden_values_dropped(self: Arithmetic, dy: Array, depth: int, a: Array | None, x: Array, w: Array) -> Any:
    """Take the first hidden layer's outputs for 1 in the gradient of the second layer's weights."""
    dx, dw, db = plain.network_back(dy, depth, a, x, w)
    return dx, np.ones_like(x).T @ dy if depth == 1 else dw, db


def pre_activation_for_output(self: Arithmetic, dy: Array, depth: int, a: Array | None, x: Array, w: Array) -> Any:
    """Take hidden values before the relu in the gradients of weights."""
    dx, dw, db = plain.network_back(dy, depth, a, x, w)
    return dx, dw if a is None else a.T @ dy, db


impostor(
    "gate after the sum over examples",
    "two_layer_regression/*/gates_differ_by_example",
    "three_layer_regression/*/mean",
    network_back=gate_by_sum,
)
impostor(
    "h1 dropped from the gradient of w2",
    "three_layer_regression/*/mean",
    "three_layer_classifier/*/mean",
    "two_layer_linear/*/mean",
    network_back=hidden_values_dropped,
)
impostor(
    "pre-activation for h in the gradients of weights",
    "two_layer_regression/*/mean",
    "three_layer_regression/*/mean",
    network_back=pre_activation_for_output,
)
impostor(
    "relu between linear layers",
    "two_layer_linear/*/negative_hidden_layer",
    network_back=lambda self, dy, depth, a, x, w: plain.network_back(dy, depth, x if depth else a, x, w),
)

# Answers altered as a whole


def clipped(name: str, a: Array) -> Array:
    return np.clip(a, -1, 1) if name.startswith("gradients/") else a


impostor(
    "gradient clipped at 1",
    "*/large_cotangent",
    "two_layer_classifier/*/large_gradients",
    answer=answering(clipped),
)
impostor(
    "relative error of 1e-12",
    *EVERYWHERE,
    dtypes=DOUBLE,
    answer=answering(lambda name, a: a * (1 + 1e-12)),
)
impostor(
    "NaN for outputs",
    *EVERYWHERE,
    answer=answering(lambda name, a: np.full_like(a, np.nan) if name.startswith("outputs/") else a),
)
impostor(
    "NaN for gradients",
    *EVERYWHERE,
    answer=answering(lambda name, a: np.full_like(a, np.nan) if name.startswith("gradients/") else a),
)
impostor(
    "zeros for everything",
    *EVERYWHERE,
    answer=answering(lambda name, a: np.zeros_like(a)),
)
impostor(
    "zeros for gradients",
    *EVERYWHERE,
    answer=answering(lambda name, a: np.zeros_like(a) if name.startswith("gradients/") else a),
)
impostor(
    "signs of zeros lost",
    "identity/*/signed_zeros",
    answer=answering(lambda name, a: a + a.dtype.type(0)),
)
