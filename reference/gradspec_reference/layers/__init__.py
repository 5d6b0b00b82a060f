"""The layers, one page each, under the names of the contracts in ``spec/layers``.

Every page is written for examples as rows; see `gradspec_reference.prove`.
"""

from ..registry import modules

LAYERS = modules(__name__, "forward", "backward")
