"""The cases, one file per layer: named inputs, and why each exists."""

from types import ModuleType

from . import affine, identity, relu, softmax_cross_entropy, two_layer_classifier

CASES: dict[str, ModuleType] = {
    "identity": identity,
    "affine": affine,
    "relu": relu,
    "softmax_cross_entropy": softmax_cross_entropy,
    "two_layer_classifier": two_layer_classifier,
}
