"""What people get wrong in relu."""

import numpy as np

from ..layers import relu
from ..layers.relu import backward, forward
from ..numbers.operations import limits
from .mistake import Mistake, instead

GATE = "Let dx be dy where x > 0, and 0 elsewhere"

MISTAKES = [
    Mistake("gate_open_at_zero", "The gate was left open where the value before the relu is exactly 0: >= stands where > belongs", GATE, ("RE-3",),
            instead(relu, backward=lambda dy, x: (np.where(x >= 0, dy, 0),))),
    Mistake("gate_half_open_at_zero", "Half of the cotangent passes where the value before the relu is exactly 0", GATE, ("RE-3",),
            instead(relu, backward=lambda dy, x: (np.where(x > 0, dy, np.where(x == 0, dy / 2, 0)),))),
    Mistake("gate_missing", "The cotangent passes everywhere: the relu was forgotten on the way back", GATE, ("RE-2",), instead(relu, backward=lambda dy, x: (dy,))),
    Mistake("gate_inverted", "The cotangent passes where x is negative, and not where it is positive", GATE, ("RE-2",), instead(relu, backward=lambda dy, x: (np.where(x < 0, dy, 0),))),
    Mistake("gate_on_cotangent", "The gate looks at the sign of the cotangent in place of the value before the relu", GATE, ("RE-2",), instead(relu, backward=lambda dy, x: (np.where(dy > 0, dy, 0),))),
    Mistake("gate_multiplies", "The cotangent was multiplied by 0 or 1, which makes NaN of an infinite one", "Select with the condition, do not multiply by it", ("RE-4",),
            instead(relu, backward=lambda dy, x: (dy * (x > 0),))),
    Mistake("gate_closed_for_subnormals", "Positive numbers below the smallest normal one were taken for 0 by the gate", "Compare with 0 itself: x > 0", ("RE-2",),
            instead(relu, backward=lambda dy, x: (np.where(x >= float(limits(x).smallest_normal), dy, 0),))),
    Mistake("output_for_gradient", "The gradient is the output: the relu was applied to x once more in place of its derivative to the cotangent", GATE, ("RE-2",),
            instead(relu, backward=lambda dy, x: (np.where(x > 0, x, 0),))),
    Mistake("cotangent_ignored", "The gradient is the derivative alone, 0 or 1: the cotangent was taken for ones", "Multiply by the cotangent: dx = dy where x > 0", ("RE-2", "CO-G1"),
            instead(relu, backward=lambda dy, x: backward(dy * 0 + 1, x))),
    Mistake("leak", "Negative values pass, multiplied by 0.01, and so do their cotangents: this is a leaky relu", "Let y and dx be 0 where x is negative", ("RE-1", "RE-2"),
            instead(relu, forward=lambda x: np.where(x > 0, x, x * 0.01), backward=lambda dy, x: (np.where(x > 0, dy, dy * 0.01),))),
    Mistake("capped_at_six", "Values above 6 were cut off: this is relu6", "Let every positive value pass unchanged", ("RE-1",), instead(relu, forward=lambda x: np.where(x > 6, 6, forward(x)))),
    Mistake("absolute_value", "Negative values lost their sign and stayed", "Let y be 0 where x is negative", ("RE-1",), instead(relu, forward=lambda x: np.where(x < 0, -x, x))),
    Mistake("nan_taken_for_negative", "NaN became 0: the comparison with it is false", "Let NaN pass", ("RE-5",), instead(relu, forward=lambda x: np.where(x > 0, x, 0))),
]  # fmt: skip
