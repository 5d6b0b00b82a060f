"""What a layer might do where the sources are silent, and the spec has a clause: the contrary of the clause."""

from dataclasses import replace
from typing import Any

import numpy as np

from gradspec.corpus.case import Case
from sources_as_written import (
    KINDS,
    Answer,
    Formula,
    classify,
    correct,
    network,
    onehot,
    regress,
    select,
    softmax,
    unpack,
)

DECAY = 1e-3


def weighted(case: Case) -> Answer:
    """Count the first class twice."""

    def head(case: Case, z: Any, y: Any) -> dict[str, Any]:
        found = classify(case, z, y)
        return {"dz": found["dz"] * np.where(y == 0, 2, 1)[:, None].astype(z.dtype)}

    return network(case, head=head)


def smoothed(case: Case) -> Answer:
    """Give a tenth of each label to all classes."""
    z, y, _, w = unpack(case)
    soft = 0.9 * onehot(y, z.shape[1]) + 0.1 / z.shape[1]
    return {"dlogits": w[:, None] * (softmax(z) - soft)}


def last_relu(case: Case) -> Answer:
    """Apply ReLU to the prediction or the logits as well, forwards and backwards."""

    def head(case: Case, z: Any, y: Any) -> dict[str, Any]:
        found = (classify if "labels" in case.inputs else regress)(case, np.maximum(z, 0), y)
        return found | {"dz": select(z, found["dz"])}

    return network(case, head=head)


def decayed(case: Case) -> Answer:
    """Add half the squares of the weights, times a small number, to the loss."""
    return {
        k: v + case.cotangents["loss"] * v.dtype.type(DECAY) * case.inputs[k[1:]]
        for k, v in network(case).items()
        if k.startswith("dw")
    }


def dropped(case: Case) -> Answer:
    """Drop the first hidden unit of every two and double the other, which is the same as to change the rows of w2."""
    w2 = case.inputs["w2"]
    kept = 2 * (np.arange(len(w2)) % 2).astype(w2.dtype)
    found = network(replace(case, inputs={**case.inputs, "w2": w2 * kept[:, None]}))
    return {k: found[k] for k in ("loss", "dx", "db2")}


def cotangent_of_one(case: Case) -> Answer:
    return correct(replace(case, cotangents={"loss": np.ones_like(case.cotangents["loss"])}))


def mean_of_nothing(case: Case) -> Answer:
    return {"loss": np.zeros((), case.dtype)}


SILENT: dict[str, dict[str, Formula]] = {
    "class weights": {"linear_classifier/*/sum": weighted},
    "smoothed labels": {"softmax_cross_entropy/*/sum": smoothed},
    "a ReLU after the last layer": {
        f"{kind}_{task}/*/mean": last_relu for kind in KINDS[1:] for task in ("regression", "classifier")
    },
    "weight decay and other regularisation": dict.fromkeys(
        ("linear_regression/*/mean", "two_layer_classifier/*/mean"), decayed
    ),
    "dropout": dict.fromkeys(("two_layer_regression/*/mean", "two_layer_classifier/*/mean"), dropped),
    "a cotangent of the loss other than 1": {"softmax_cross_entropy/*/negative_cotangent": cotangent_of_one},
    "the mean of no losses": {"softmax_cross_entropy/*/empty_batch_mean": mean_of_nothing},
}
