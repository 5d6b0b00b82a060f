"""What people get wrong in relu."""

import numpy as np

from ..layers import relu
from ..layers.relu import backward, forward
from ..numbers.operations import limits
from .mistake import Mistake, instead

GATE = "Let dx be dy where x > 0, and 0 elsewhere"

MISTAKES = [
    Mistake(
        "gate_open_at_zero",
        what="The gate was left open where the value before the relu is exactly 0: >= stands where > belongs",
        remedy=GATE,
        clauses=("RE-3",),
        replaced=instead(relu, backward=lambda dy, x: (np.where(x >= 0, dy, 0),)),
    ),
    Mistake(
        "gate_half_open_at_zero",
        what="Half of the cotangent passes where the value before the relu is exactly 0",
        remedy=GATE,
        clauses=("RE-3",),
        replaced=instead(relu, backward=lambda dy, x: (np.where(x > 0, dy, np.where(x == 0, dy / 2, 0)),)),
    ),
    Mistake(
        "gate_missing",
        what="The cotangent passes everywhere: the relu was forgotten on the way back",
        remedy=GATE,
        clauses=("RE-2",),
        replaced=instead(relu, backward=lambda dy, x: (dy,)),
    ),
    Mistake(
        "gate_inverted",
        what="The cotangent passes where x is negative, and not where it is positive",
        remedy=GATE,
        clauses=("RE-2",),
        replaced=instead(relu, backward=lambda dy, x: (np.where(x < 0, dy, 0),)),
    ),
    Mistake(
        "gate_on_cotangent",
        what="The gate looks at the sign of the cotangent in place of the value before the relu",
        remedy=GATE,
        clauses=("RE-2",),
        replaced=instead(relu, backward=lambda dy, x: (np.where(dy > 0, dy, 0),)),
    ),
    Mistake(
        "gate_multiplies",
        what="The cotangent was multiplied by 0 or 1, which makes NaN of an infinite one",
        remedy="Select with the condition, do not multiply by it",
        clauses=("RE-4",),
        replaced=instead(relu, backward=lambda dy, x: (dy * (x > 0),)),
    ),
    Mistake(
        "gate_closed_for_subnormals",
        what="Positive numbers below the smallest normal one were taken for 0 by the gate",
        remedy="Compare with 0 itself: x > 0",
        clauses=("RE-2",),
        replaced=instead(relu, backward=lambda dy, x: (np.where(x >= float(limits(x).smallest_normal), dy, 0),)),
    ),
    Mistake(
        "output_for_gradient",
        what=(
            "The gradient is the output: the relu was applied to x once more "
            "in place of its derivative to the cotangent"
        ),
        remedy=GATE,
        clauses=("RE-2",),
        replaced=instead(relu, backward=lambda dy, x: (np.where(x > 0, x, 0),)),
    ),
    Mistake(
        "cotangent_ignored",
        what="The gradient is the derivative alone, 0 or 1: the cotangent was taken for ones",
        remedy="Multiply by the cotangent: dx = dy where x > 0",
        clauses=("RE-2", "CO-G1"),
        replaced=instead(relu, backward=lambda dy, x: backward(dy * 0 + 1, x)),
    ),
    Mistake(
        "leak",
        what="Negative values pass, multiplied by 0.01, and so do their cotangents: this is a leaky relu",
        remedy="Let y and dx be 0 where x is negative",
        clauses=("RE-1", "RE-2"),
        replaced=instead(
            relu,
            forward=lambda x: np.where(x > 0, x, x * 0.01),
            backward=lambda dy, x: (np.where(x > 0, dy, dy * 0.01),),
        ),
    ),
    Mistake(
        "capped_at_six",
        what="Values above 6 were cut off: this is relu6",
        remedy="Let every positive value pass unchanged",
        clauses=("RE-1",),
        replaced=instead(relu, forward=lambda x: np.where(x > 6, 6, forward(x))),
    ),
    Mistake(
        "absolute_value",
        what="Negative values lost their sign and stayed",
        remedy="Let y be 0 where x is negative",
        clauses=("RE-1",),
        replaced=instead(relu, forward=lambda x: np.where(x < 0, -x, x)),
    ),
    Mistake(
        "nan_taken_for_negative",
        what="NaN became 0: the comparison with it is false",
        remedy="Let NaN pass",
        clauses=("RE-5",),
        replaced=instead(relu, forward=lambda x: np.where(x > 0, x, 0)),
    ),
]
