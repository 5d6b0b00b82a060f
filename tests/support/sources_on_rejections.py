"""The code of the sources, run on requests that a layer must refuse.

The code is the first source's, with the names of the request's inputs. The second source has the line of `affine`, too.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Inputs = Mapping[str, Any]
Code = Callable[[Inputs], dict[str, Any]]


def softmax_loss(scores: Any, y: Any) -> dict[str, Any]:
    n = len(scores)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(n), y])) / n
    dy2 = probs
    dy2[range(n), y] -= 1
    dy2 /= n
    return {"loss": loss, "dy2": dy2}


def losses(given: Inputs) -> dict[str, Any]:
    return softmax_loss(given["logits"], given["labels"])


def affine(given: Inputs) -> dict[str, Any]:
    return {"y": given["x"].dot(given["w"]) + given["b"]}


def linear_classifier(given: Inputs) -> dict[str, Any]:
    return softmax_loss(affine(given)["y"], given["labels"])


def network(given: Inputs) -> dict[str, Any]:
    h1 = np.maximum(0, given["x"].dot(given["w1"]) + given["b1"])
    found = softmax_loss(h1.dot(given["w2"]) + given["b2"], given["labels"])
    return found | {"dw2": h1.T.dot(found["dy2"]), "db2": np.sum(found["dy2"], axis=0)}


ON_REJECTIONS: dict[int, dict[str, Code]] = {
    55: {
        **{
            f"softmax_cross_entropy/refusal/{name}": losses
            for name in (
                "labels_as_column",
                "labels_as_row",
                "labels_one_along_n",
                "labels_rank_too_low",
                "label_negative",
            )
        },
        **{f"two_layer_classifier/refusal/{name}": network for name in ("labels_as_column", "label_negative")},
    },
    56: {
        **{f"affine/refusal/{name}": affine for name in ("b_as_row", "b_one_along_h", "b_rank_too_low")},
        "linear_classifier/refusal/b_as_row": linear_classifier,
        **{f"two_layer_classifier/refusal/{name}": network for name in ("b1_as_row", "b2_one_along_c")},
    },
}
