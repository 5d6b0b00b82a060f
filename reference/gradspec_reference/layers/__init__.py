"""The layers, one page each. Every page is written for examples as rows; see `gradspec_reference.evaluate`."""

from types import ModuleType

from . import affine, identity, relu, softmax_cross_entropy, two_layer_classifier

LAYERS: dict[str, ModuleType] = {
    "identity": identity,
    "affine": affine,
    "relu": relu,
    "softmax_cross_entropy": softmax_cross_entropy,
    "two_layer_classifier": two_layer_classifier,
}
