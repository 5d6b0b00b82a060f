"""The known mistakes, one file per layer: the reference with something wrong in it, and what to say about it."""

from . import (
    affine,
    bias,
    identity,
    linear_classifier,
    linear_regression,
    log_loss,
    matmul,
    relu,
    softmax,
    softmax_cross_entropy,
    squared_error,
    three_layer_classifier,
    three_layer_regression,
    two_layer_classifier,
    two_layer_linear,
    two_layer_regression,
)
from .mistake import Mistake

MISTAKES: dict[str, list[Mistake]] = {
    "identity": identity.MISTAKES,
    "matmul": matmul.MISTAKES,
    "bias": bias.MISTAKES,
    "affine": affine.MISTAKES,
    "relu": relu.MISTAKES,
    "softmax": softmax.MISTAKES,
    "log_loss": log_loss.MISTAKES,
    "softmax_cross_entropy": softmax_cross_entropy.MISTAKES,
    "squared_error": squared_error.MISTAKES,
    "linear_classifier": linear_classifier.MISTAKES,
    "linear_regression": linear_regression.MISTAKES,
    "two_layer_linear": two_layer_linear.MISTAKES,
    "two_layer_regression": two_layer_regression.MISTAKES,
    "two_layer_classifier": two_layer_classifier.MISTAKES,
    "three_layer_regression": three_layer_regression.MISTAKES,
    "three_layer_classifier": three_layer_classifier.MISTAKES,
}
