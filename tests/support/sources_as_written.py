"""The layers in plain NumPy, and the errata of spec/sources.md as their sources have them.

Tensors are named as in a fixture, a gradient with a `d` before it. Networks are computed with examples as rows; a
case with examples as columns is turned at both ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradspec.corpus.case import Case

Answer = Mapping[str, Any]
Formula = Callable[[Case], Answer]


def turned(case: Case, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Turn columns to rows, or back."""
    columns = case.attributes.get("layout") == "columns"
    return {k: v.T if columns else v for k, v in tensors.items()}


def cotangents(case: Case, n: int) -> Any:
    """Return the cotangent of each example's loss."""
    w = case.cotangents["loss"]
    how = case.attributes["reduction"]
    return w if how == "none" else np.full(n, w / n if how == "mean" else w)


def reduced(case: Case, losses: Any) -> Any:
    how = case.attributes["reduction"]
    return losses if how == "none" else np.asarray(losses.sum() / (len(losses) if how == "mean" else 1), losses.dtype)


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def onehot(labels: Any, c: int) -> Any:
    return labels[:, None] == np.arange(c)


def log_losses(z: Any, y: Any) -> Any:
    shifted = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]


def classify(case: Case, z: Any, y: Any) -> dict[str, Any]:
    """Return loss, probabilities and the gradient for the logits."""
    p = softmax(z)
    dz = cotangents(case, len(z))[:, None] * (p - onehot(y, z.shape[1]))
    return {"loss": reduced(case, log_losses(z, y)), "probabilities": p, "dz": dz.astype(z.dtype)}


def regress(case: Case, f: Any, y: Any) -> dict[str, Any]:
    """Return loss, prediction and the gradients for prediction and target."""
    dz = (cotangents(case, len(f))[:, None] * (f - y)).astype(f.dtype)
    return {"loss": reduced(case, ((f - y) ** 2).sum(axis=1) / 2), "prediction": f, "dz": dz, "dtarget": -dz}


def select(a: Any, dh: Any) -> Any:
    return np.where(a > 0, dh, np.zeros_like(dh))


def network(
    case: Case,
    *,
    head: Callable[..., dict[str, Any]] | None = None,
    gate: Callable[[Any, Any], Any] = select,
    weight: Callable[[Any, Any, Any], Any] = lambda h, dy, a: h.T @ dy,
    bias: Callable[[Any], Any] = lambda dy: dy.sum(axis=0),
    back: Callable[[Any, Any], Any] = lambda dy, w: dy @ w.T,
) -> dict[str, Any]:
    """Run any of the networks forwards and backwards.

    `weight` also sees the pre-activation of its layer, None for the last one.
    """
    given = turned(case, case.inputs)
    names = [""] if "w" in given else [n for n in "123" if f"w{n}" in given]
    linear = case.layer == "two_layer_linear"
    inputs, before, h = [], [], given["x"]
    for name in names:
        inputs.append(h)
        a = h @ given[f"w{name}"] + given[f"b{name}"]
        before.append(a)
        h = a if linear else np.maximum(a, 0)
    classifier = "labels" in given
    found = (head or (classify if classifier else regress))(case, a, given["labels" if classifier else "target"])
    dy = found.pop("dz")
    for depth in range(len(names) - 1, -1, -1):
        name, hidden = names[depth], depth < len(names) - 1 and not linear
        if hidden:
            dy = gate(before[depth], dy)
        found[f"dw{name}"] = weight(inputs[depth], dy, before[depth] if hidden else None)
        found[f"db{name}"] = bias(dy)
        dy = back(dy, given[f"w{name}"])
    return turned(case, found | {"dx": dy})


def plain(case: Case) -> dict[str, Any]:
    """Answer a case of a layer that is not a network."""
    given, dys = turned(case, case.inputs), {} if "loss" in case.cotangents else turned(case, case.cotangents)
    match case.layer:
        case "matmul":
            a, b, dy = given["a"], given["b"], dys["y"]
            found = {"y": a @ b, "da": dy @ b.T, "db": a.T @ dy}
        case "affine":
            x, w, b, dy = given["x"], given["w"], given["b"], dys["y"]
            found = {"y": x @ w + b, "dx": dy @ w.T, "dw": x.T @ dy, "db": dy.sum(axis=0)}
        case "bias":
            found = {"y": given["x"] + given["b"], "dx": dys["y"], "db": dys["y"].sum(axis=0)}
        case "relu":
            found = {"y": np.maximum(given["x"], 0), "dx": select(given["x"], dys["y"])}
        case "softmax":
            p, dp = softmax(given["logits"]), dys["probabilities"]
            found = {"probabilities": p, "dlogits": p * (dp - (dp * p).sum(axis=1, keepdims=True))}
        case "log_loss":
            p, y = given["probabilities"], given["labels"]
            n = np.arange(len(y))
            dp = np.zeros_like(p)
            dp[n, y] = -cotangents(case, len(y)) / p[n, y]
            found = {"loss": reduced(case, -np.log(p[n, y])), "dprobabilities": dp}
        case "softmax_cross_entropy":
            found = classify(case, given["logits"], given["labels"])
            found["dlogits"] = found.pop("dz")
        case "squared_error":
            found = regress(case, given["prediction"], given["target"])
            found["dprediction"] = found.pop("dz")
            del found["prediction"]
        case _:
            raise AssertionError(case.layer)
    return turned(case, found)


def correct(case: Case) -> dict[str, Any]:
    """Answer a case as the spec's clauses say."""
    return network(case) if "x" in case.inputs and "loss" in case.cotangents else plain(case)


# The sources, as written. Where a formula is for a cotangent of 1, the case's cotangent is multiplied in.


def unpack(case: Case) -> tuple[Any, Any, Any, Any]:
    """Return logits, labels, probabilities of the labels and cotangents."""
    z, y = case.inputs["logits"], case.inputs["labels"]
    return z, y, softmax(z)[np.arange(len(y)), y], cotangents(case, len(y))


def with_head(**changes: Callable[[Case, Any, Any], Any]) -> Formula:
    """Return the network with some results of its last layer replaced."""

    def head(case: Case, z: Any, y: Any) -> dict[str, Any]:
        right = classify if "labels" in case.inputs else regress
        return right(case, z, y) | {k: change(case, z, y) for k, change in changes.items()}

    return lambda case: network(case, head=head)


def replaced(**changes: Callable[[Case], Any]) -> Formula:
    return lambda case: correct(case) | {k: change(case) for k, change in changes.items()}


def er_1(case: Case) -> Answer:
    return {"loss": reduced(case, unpack(case)[2])}


def er_2(case: Case) -> Answer:
    z, y, picked, w = unpack(case)
    return {"dlogits": (w * picked)[:, None] * (onehot(y, z.shape[1]) - softmax(z))}


def er_3(case: Case) -> Answer:
    z, dp = case.inputs["logits"], case.cotangents["probabilities"]
    y = np.abs(dp).argmax(axis=1)
    return {"dlogits": dp[np.arange(len(y)), y][:, None] * (softmax(z) - onehot(y, z.shape[1]))}


def er_4(case: Case) -> Answer:
    z, y, *_ = unpack(case)
    return {"dlogits": case.cotangents["loss"] * (softmax(z) - onehot(y, z.shape[1]))}


def aliased(case: Case, z: Any, y: Any) -> Any:
    probs = softmax(z)
    dy2 = probs
    dy2[range(len(y)), y] -= 1
    dy2 /= len(y)
    return probs


def er_6(case: Case) -> Answer:
    e = np.exp(case.inputs["logits"])
    return {"probabilities": e / e.sum(axis=0)}


def er_8(case: Case) -> Answer:
    z, y, picked, w = unpack(case)
    return {"dlogits": w[:, None] * (picked[:, None] - onehot(y, z.shape[1]))}


def er_11(case: Case) -> Answer:
    x, w, b, dy = case.inputs["x"], case.inputs["w"], case.inputs["b"], case.cotangents["y"]
    return {"y": x @ w.T + b, "dx": dy @ w}


def unshifted(z: Any) -> Any:
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)


def er_18(case: Case) -> Answer:
    return {"loss": reduced(case, -np.log(unpack(case)[2]))}


def er_19(case: Case) -> Answer:
    p, y = case.inputs["probabilities"], case.inputs["labels"]
    return {"loss": reduced(case, -np.log2(p[np.arange(len(y)), y]))}


def er_26(case: Case) -> Answer:
    p = case.inputs["probabilities"] if case.layer == "log_loss" else softmax(case.inputs["logits"])
    return {"loss": reduced(case, -np.log(p))}


def er_27(case: Case) -> Answer:
    x, dz = (
        case.inputs["x"],
        classify(case, case.inputs["x"] @ case.inputs["w"] + case.inputs["b"], case.inputs["labels"])["dz"],
    )
    return {"dw": np.stack([sum(dz[i, j] * x[j] for i in range(len(x))) for j in range(dz.shape[1])], axis=1)}


def one_based(case: Case, z: Any, y: Any) -> Any:
    classes = np.arange(1, z.shape[1] + 1)
    return (cotangents(case, len(y))[:, None] * (softmax(z) - (y[:, None] == classes))).astype(z.dtype)


def other_reduction(case: Case) -> Answer:
    n = len(case.inputs["labels"])
    factor = case.inputs["x"].dtype.type(n if case.attributes["reduction"] == "mean" else 1 / n)
    return {k: v if k == "probabilities" else v * factor for k, v in correct(case).items()}


def er_34(case: Case) -> Answer:
    if case.layer == "matmul":
        a, b, dy = case.inputs["a"], case.inputs["b"], case.cotangents["y"]
        return {"da": dy @ b, "db": dy @ a}
    return {"dx": case.cotangents["y"] @ case.inputs["w"], "dw": case.cotangents["y"] @ case.inputs["x"]}


def er_37(case: Case) -> Answer:
    r = case.inputs["prediction"] - case.inputs["target"]
    return {"dprediction": case.cotangents["loss"] * r}


def er_42(case: Case) -> Answer:
    # 1(h > 0) dL/dh as a product of matrices, examples as columns.
    return network(case, gate=lambda a, dh: ((a > 0).T.astype(dh.dtype) @ dh.T).T)


def er_43(case: Case) -> Answer:
    def weight(h: Any, dy: Any, a: Any) -> Any:
        # Columns: (1(h > 0) * (dL/dh x^T)), which conforms where N = D.
        return h.T @ dy if a is None else ((a > 0).T * (dy.T @ h)).T

    found = network(case, gate=lambda a, dh: dh, weight=weight)
    return {"dw1": found["dw1"]}


def er_44(case: Case) -> Answer:
    return {"db2": network(case)["db1"]}


def three_classes(case: Case) -> Answer:
    found = network(case)
    return {k: found[k][..., :3] for k in ("db2" if "db2" in found else "db",)}


def er_50(case: Case) -> Answer:
    x, (w1, b1, w2, b2, w3, b3) = case.inputs["x"], [case.inputs[f"{k}{n}"] for n in "123" for k in "wb"]
    h2 = np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0)
    return {"dw2": regress(case, h2 @ w3 + b3, case.inputs["target"])["dz"] @ w3.T}


def er_62(case: Case) -> Answer:
    x, (w1, b1, w2, b2) = case.inputs["x"], [case.inputs[k] for k in ("w1", "b1", "w2", "b2")]
    dw = x.T @ regress(case, (x @ w1 + b1) @ w2 + b2, case.inputs["target"])["dz"]
    return {"dw1": dw, "dw2": dw}


def summed(case: Case, z: Any, y: Any) -> Any:
    # dscores, for the sum of the losses whatever the reduction is.
    difference = softmax(z) - onehot(y, z.shape[1]) if "labels" in case.inputs else z - y
    return (case.cotangents["loss"] * difference).astype(z.dtype)


def through(a: Any, dh: Any) -> Any:
    """Pass without a gate."""
    return dh


def transposed_only(*keys: str) -> Formula:
    return lambda case: {k: v.T for k, v in correct(case).items() if k in keys}


def weight_as_columns(h: Any, dy: Any, a: Any) -> Any:
    return dy @ h.T


def elementwise(case: Case, f: Any, y: Any) -> Any:
    return (y - f) ** 2 / 2


def elementwise_loss(case: Case) -> Answer:
    return {"loss": (case.inputs["target"] - case.inputs["prediction"]) ** 2 / 2}


kept = replaced(db=lambda case: case.cotangents["y"].sum(axis=0, keepdims=True))
over_components = replaced(db=lambda case: case.cotangents["y"].sum(axis=1))

KINDS = ("linear", "two_layer", "three_layer")

AS_WRITTEN: dict[int, dict[str, Formula]] = {
    1: {
        "softmax_cross_entropy/*/mean": er_1,
        "two_layer_classifier/*/mean": with_head(
            loss=lambda case, z, y: reduced(case, softmax(z)[np.arange(len(y)), y])
        ),
    },
    2: {"softmax_cross_entropy/*/sum": er_2},
    3: {"softmax/*/sparse_cotangent": er_3},
    4: {"softmax_cross_entropy/*/mean": er_4},
    5: {
        "two_layer_classifier/*/mean": with_head(probabilities=aliased),
        "softmax_cross_entropy/*/sum": lambda case: {
            "probabilities": aliased(case, case.inputs["logits"], case.inputs["labels"])
        },
    },
    6: {"softmax/*/square": er_6},
    8: {"softmax_cross_entropy/*/none": er_8},
    10: dict.fromkeys(
        ("bias/*/square", "bias/*/one_row"), replaced(y=lambda case: case.inputs["x"] + case.inputs["b"][:, None])
    ),
    11: dict.fromkeys(("affine/*/all_extents_equal", "affine/*/square_asymmetric"), er_11),
    13: dict.fromkeys(("bias/*/distinct_extents", "bias/*/one_row"), replaced(db=lambda case: case.cotangents["y"])),
    14: {
        "bias/*/square": over_components,
        "bias/*/odd_batch": replaced(db=lambda case: case.cotangents["y"][: case.inputs["b"].size].sum(axis=0)),
    },
    15: {
        **dict.fromkeys(
            ("relu/*/kink_at_positive_zero", "relu/*/kink_at_negative_zero", "relu/*/kink_everywhere"),
            lambda case: {"dx": case.cotangents["y"] * (case.inputs["x"] >= 0)},
        ),
        "two_layer_classifier/*/kink_in_hidden_layer": lambda case: network(case, gate=lambda a, dh: dh * (a >= 0)),
    },
    16: dict.fromkeys([f"{kind}_*/*/one_column" for kind in KINDS], transposed_only("dx")),
    17: {
        **dict.fromkeys(
            ("softmax/*/logits_800", "softmax/*/logits_minus_800"),
            lambda case: {"probabilities": unshifted(case.inputs["logits"])},
        ),
        "two_layer_classifier/*/logits_800": with_head(probabilities=lambda case, z, y: unshifted(z)),
    },
    18: {"softmax_cross_entropy/*/logits_opposed": er_18},
    19: {"log_loss/*/none": er_19},
    20: {"relu/*/infinite_cotangent": lambda case: {"dx": case.cotangents["y"] * (case.inputs["x"] > 0)}},
    22: dict.fromkeys(("bias/*/square", "bias/*/distinct_extents"), over_components),
    23: dict.fromkeys(("bias/*/distinct_extents", "bias/*/one_row"), kept),
    24: {"bias/*/distinct_extents": replaced(db=lambda case: case.cotangents["y"].sum(axis=0)[:, None])},
    26: dict.fromkeys(("log_loss/*/none", "softmax_cross_entropy/*/none"), er_26),
    27: dict.fromkeys(("linear_classifier/*/all_extents_equal", "linear_classifier/*/sum"), er_27),
    28: {"linear_classifier/*/all_extents_equal": lambda case: network(case, weight=lambda h, dy, a: h @ dy)},
    29: dict.fromkeys(("linear_classifier/*/mean", "linear_classifier/*/sum"), other_reduction),
    30: dict.fromkeys(
        ("linear_classifier/*/last_class", "two_layer_classifier/*/first_class"), with_head(dz=one_based)
    ),
    34: dict.fromkeys(("matmul/*/all_extents_equal", "affine/*/all_extents_equal"), er_34),
    35: {
        **dict.fromkeys(
            [f"{kind}_*/*/all_extents_equal" for kind in KINDS], lambda case: network(case, weight=weight_as_columns)
        ),
        # np.dot(h.T, dscores) where both have examples as columns.
        **dict.fromkeys(
            [f"{kind}_*/*/all_extents_equal_columns" for kind in KINDS],
            lambda case: network(case, weight=lambda h, dy, a: (h @ dy.T).T),
        ),
    },
    36: {
        **dict.fromkeys(("squared_error/*/none", "squared_error/*/one_component"), elementwise_loss),
        **dict.fromkeys(
            ("two_layer_regression/*/one_component", "three_layer_regression/*/one_component"),
            with_head(loss=elementwise),
        ),
    },
    37: {"squared_error/*/mean": er_37},
    39: dict.fromkeys(
        ("linear_regression/*/sum", "two_layer_*/*/sum", "three_layer_*/*/sum"),
        lambda case: network(case, bias=lambda dy: dy),
    ),
    42: dict.fromkeys(
        ("two_layer_regression/*/all_extents_equal_columns", "two_layer_classifier/*/all_extents_equal_columns"), er_42
    ),
    43: {"two_layer_regression/*/gates_differ_by_example": er_43},
    44: {"two_layer_regression/*/all_extents_equal": er_44},
    46: dict.fromkeys(("two_layer_classifier/*/uniform_logits", "linear_classifier/*/many_classes"), three_classes),
    47: dict.fromkeys(
        ("two_layer_regression/*/dead_hidden_layer", "two_layer_regression/*/kink_in_hidden_layer"),
        lambda case: network(case, gate=through),
    ),
    48: {
        # (f - y) w2^T with both as columns.
        "two_layer_regression/*/all_extents_equal_columns": lambda case: network(case, back=lambda dy, w: (dy.T @ w).T),
    },
    49: dict.fromkeys(
        ("two_layer_regression/*/gates_differ_by_example", "two_layer_classifier/*/dead_hidden_layer"),
        lambda case: network(case, gate=through),
    ),
    50: {"three_layer_regression/*/all_extents_equal": er_50},
    52: dict.fromkeys(
        ("three_layer_regression/*/second_layer_dead", "three_layer_*/*/kink_in_both_hidden_layers"),
        lambda case: network(case, gate=through),
    ),
    53: {"three_layer_regression/*/all_extents_equal": lambda case: network(case, weight=weight_as_columns)},
    57: dict.fromkeys(
        ("bias/*/distinct_extents", "bias/*/one_row"),
        replaced(db=lambda case: np.full_like(case.inputs["b"], len(case.cotangents["y"]))),
    ),
    62: {"two_layer_linear/*/all_extents_equal": er_62},
    63: dict.fromkeys(("two_layer_regression/*/mean", "linear_classifier/*/mean"), with_head(dz=summed)),
}
