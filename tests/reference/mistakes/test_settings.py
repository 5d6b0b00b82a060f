"""No declaration hides a mistake of a loss: what is wrong in every setting is found in every setting alone."""

from itertools import product

import numpy as np
import pytest

from gradspec.corpus.case import Case
from gradspec.corpus.spec import layers
from gradspec_reference.layers import log_loss, softmax, softmax_cross_entropy
from gradspec_reference.layers.reductions import reduce
from gradspec_reference.mistakes.mistake import Mistake, instead
from gradspec_reference.numbers.operations import Array
from gradspec_reference.wrong_answers import answer, failing

EPS = {"float64": 1e-12, "float32": 1e-8}
LOSSES = ("log_loss", "softmax_cross_entropy", "linear_classifier", "two_layer_classifier", "three_layer_classifier")


def of_probabilities(probabilities: Array, labels: Array, *, reduction: str) -> Array:
    picked = probabilities[np.arange(len(labels)), labels]
    return np.asarray(reduce(-np.log(picked + picked.dtype.type(EPS[picked.dtype.name])), reduction))


def of_logits(logits: Array, labels: Array, *, reduction: str) -> tuple[Array, Array]:
    probabilities = softmax.forward(logits)
    return of_probabilities(probabilities, labels, reduction=reduction), probabilities


EPS_IN_LOG = Mistake(
    "eps_in_log",
    "",
    "",
    (),
    (*instead(log_loss, forward=of_probabilities), *instead(softmax_cross_entropy, forward=of_logits)),
)


@pytest.mark.parametrize("dtype", EPS)
@pytest.mark.parametrize("layer", LOSSES)
def test_an_eps_in_the_log_is_found_in_every_setting(cases: list[Case], layer: str, dtype: str) -> None:
    attributes = layers()[layer].attributes
    for values in product(*attributes.values()):
        setting = dict(zip(attributes, values, strict=True))
        own = [c for c in cases if (c.layer, c.dtype) == (layer, dtype) and c.attributes == setting]
        with EPS_IN_LOG.made():
            found = [case.id for case in own if "outputs/loss" in failing(case, answer(case))]
        assert found, setting
