"""The first source's way of computing, in plain NumPy: its formulas as its code has them, mistakes included.

Two of them show: the gate `y1 >= 0` is open at the kink, and exponentials without a shift overflow. A third does not:
the gradient is written into the probabilities, which the source never looks at again. So they are not returned.
Run it with ``gradspec check -- python conformance/adapters/numpy/candidate.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradspec.candidate import Tensors, identity, serve

Answer = tuple[Tensors, Tensors]
Attributes = Mapping[str, str]


def affine(inputs: Tensors, cotangents: Tensors, attributes: Attributes) -> Answer:
    x, w, b = inputs["x"], inputs["w"], inputs["b"]
    outputs = {"y": x.dot(w) + b}
    if not cotangents:
        return outputs, {}
    dy = cotangents["y"]
    return outputs, {"x": dy.dot(w.T), "w": x.T.dot(dy), "b": np.sum(dy, axis=0)}


def relu(inputs: Tensors, cotangents: Tensors, attributes: Attributes) -> Answer:
    x = inputs["x"]
    outputs = {"y": np.maximum(0, x)}
    return outputs, {"x": cotangents["y"] * (x >= 0)} if cotangents else {}


def softmax_cross_entropy(inputs: Tensors, cotangents: Tensors, attributes: Attributes) -> Answer:
    scores, labels = inputs["logits"], inputs["labels"]
    n = len(labels)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(n), labels])) / n
    outputs = {"loss": loss.astype(scores.dtype)}
    if not cotangents:
        return outputs, {}
    dscores = probs
    dscores[range(n), labels] -= 1
    dscores /= n
    return outputs, {"logits": dscores * cotangents["loss"]}


def two_layer_classifier(inputs: Tensors, cotangents: Tensors, attributes: Attributes) -> Answer:
    x, w1, b1, w2, b2 = (inputs[k] for k in ("x", "w1", "b1", "w2", "b2"))
    y1 = x.dot(w1) + b1
    h1 = np.maximum(0, y1)
    y2 = h1.dot(w2) + b2
    loss = {"logits": y2, "labels": inputs["labels"]}
    outputs, gradients = softmax_cross_entropy(loss, cotangents, attributes)
    if not cotangents:
        return outputs, {}
    dy2 = gradients["logits"]
    dh1 = dy2.dot(w2.T)
    dy1 = dh1 * (y1 >= 0)
    return outputs, {
        "x": dy1.dot(w1.T),
        "w1": x.T.dot(dy1),
        "b1": np.sum(dy1, axis=0),
        "w2": h1.T.dot(dy2),
        "b2": np.sum(dy2, axis=0),
    }


if __name__ == "__main__":
    np.seterr(all="ignore")
    rows, mean = {"layout": ["rows"]}, {"layout": ["rows"], "reduction": ["mean"]}
    serve(
        {
            "identity": identity,
            "affine": affine,
            "relu": relu,
            "softmax_cross_entropy": softmax_cross_entropy,
            "two_layer_classifier": two_layer_classifier,
        },
        name="first-source",
        version="1.0",
        attributes={"affine": rows, "softmax_cross_entropy": mean, "two_layer_classifier": mean},
    )
