"""The cases, one file per layer: named inputs, and why each exists."""

from types import ModuleType

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

CASES: dict[str, ModuleType] = {
    "identity": identity,
    "matmul": matmul,
    "bias": bias,
    "affine": affine,
    "relu": relu,
    "softmax": softmax,
    "log_loss": log_loss,
    "softmax_cross_entropy": softmax_cross_entropy,
    "squared_error": squared_error,
    "linear_classifier": linear_classifier,
    "linear_regression": linear_regression,
    "two_layer_linear": two_layer_linear,
    "two_layer_regression": two_layer_regression,
    "two_layer_classifier": two_layer_classifier,
    "three_layer_regression": three_layer_regression,
    "three_layer_classifier": three_layer_classifier,
}
