"""What people get wrong in softmax."""

import numpy as np

from ..layers import softmax
from ..layers.softmax import backward, forward, log_softmax
from ..numbers.operations import Array, row_maximum
from .common import clipped, layout_ignored, single_precision
from .mistake import DOUBLE, Mistake, instead

LN2 = 0.6931471805599453
EPSILON = 1e-12


def normalised(exponentials: Array) -> Array:
    """Divide each row by its sum."""
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def fast_exp(x: Array) -> Array:
    """Return e to the power `x` <= 0 by a polynomial of degree 5 after five halvings: off by up to 1e-5 of it."""
    r = x / 32
    polynomial = 1 + r * (1 + r / 2 * (1 + r / 3 * (1 + r / 4 * (1 + r / 5))))
    for _ in range(5):
        polynomial = polynomial * polynomial
    return np.asarray(np.where(x < -8, np.exp(x), polynomial))


def with_fast_exp(logits: Array) -> Array:
    """Return the probabilities."""
    return normalised(fast_exp(logits - row_maximum(logits)))


def log_with_fast_exp(logits: Array) -> Array:
    """Return the logarithms of the probabilities."""
    z = logits - row_maximum(logits)
    return np.asarray(z - np.log(fast_exp(z).sum(axis=1, keepdims=True)))


def with_epsilon(logits: Array) -> Array:
    """Return the probabilities."""
    exponentials = np.exp(logits - row_maximum(logits))
    return np.asarray(exponentials / (exponentials.sum(axis=1, keepdims=True) + EPSILON))


def log_with_epsilon(logits: Array) -> Array:
    """Return the logarithms of the probabilities."""
    z = logits - row_maximum(logits)
    return np.asarray(z - np.log(np.exp(z).sum(axis=1, keepdims=True) + EPSILON))


def nothing(logits: Array) -> Array:
    """Return what to subtract where nothing is to be subtracted, (N, 1)."""
    return np.zeros((len(logits), 1), logits.dtype)


def global_maximum(logits: Array) -> Array:
    """Return the largest logit of all, (1, 1)."""
    return row_maximum(logits.reshape(1, -1)) if logits.size else row_maximum(logits)


def over_wrong_axis(logits: Array) -> Array:
    """Normalise columns."""
    return forward(logits.T).T if len(logits) else forward(logits)


def log_over_wrong_axis(logits: Array) -> Array:
    """Normalise columns."""
    return log_softmax(logits.T).T if len(logits) else log_softmax(logits)


def right_gradient(d: Array, logits: Array) -> tuple[Array]:
    """Return the gradient from the right probabilities, whatever the outputs are."""
    p = forward(logits)
    return (p * (d - (d * p).sum(axis=1, keepdims=True)),)


def inner_product_over_batch(d: Array, logits: Array) -> tuple[Array]:
    """Sum down the columns."""
    p = forward(logits)
    return (p * (d - (d * p).sum(axis=0)),)


# The losses and networks make the same mistakes in softmax's functions: in probabilities and in logarithms.
MISTAKES = [
    Mistake(
        "exponentials_not_shifted",
        what=(
            "The exponentials were taken of the logits as they are, so that large "
            "logits overflow and very negative ones vanish"
        ),
        remedy="Subtract each row's maximum from its logits before taking exponentials",
        clauses=("SM-3",),
        replaced=instead(softmax, row_maximum=nothing),
    ),
    Mistake(
        "shifted_by_maximum_of_batch",
        what="All rows were shifted by the one maximum of the whole batch, so that rows far below it vanish",
        remedy="Subtract each row's own maximum",
        clauses=("SM-3",),
        replaced=instead(softmax, row_maximum=global_maximum),
    ),
    Mistake(
        "shifted_by_largest_magnitude",
        what=(
            "The rows were shifted by the largest magnitude, which lies far "
            "from the maximum where logits are very negative"
        ),
        remedy="Subtract each row's maximum, signs included",
        clauses=("SM-3",),
        replaced=instead(softmax, row_maximum=lambda logits: row_maximum(abs(logits))),
    ),
    Mistake(
        "normalised_over_wrong_axis",
        what="The exponentials were divided by the sums over the examples in place of the classes",
        remedy="Sum over the classes: each example's probabilities add up to 1",
        clauses=("SM-1",),
        replaced=instead(softmax, forward=over_wrong_axis, log_softmax=log_over_wrong_axis),
    ),
    Mistake(
        "epsilon_in_denominator",
        what="A small number (1e-12) was added to the denominator",
        remedy="Divide by the sum alone: after the shift it is at least 1",
        clauses=("SM-1",),
        replaced=instead(softmax, shifted=with_epsilon, log_softmax=log_with_epsilon),
        dtypes=DOUBLE,
        lost_in_rounding="the denominator is at least 1, and in float32 1 + 1e-12 is 1",
    ),
    Mistake(
        "exponential_of_low_accuracy",
        what="The exponentials have a relative error of up to 1e-5, as from a fast approximation",
        remedy="Use exp of the mathematical library, within 4 ULP",
        clauses=("SM-1", "TO-M3"),
        replaced=instead(softmax, shifted=with_fast_exp, log_softmax=log_with_fast_exp),
    ),
    Mistake(
        "powers_of_two",
        what="Powers of 2 stand where powers of e belong",
        remedy="Take exponentials to base e",
        clauses=("SM-1",),
        replaced=instead(
            softmax,
            shifted=lambda x: normalised(np.exp((x - row_maximum(x)) * LN2)),
            log_softmax=lambda x: log_softmax(x * LN2),
        ),
    ),
    Mistake(
        "not_normalised",
        what="The exponentials were not divided by their sum",
        remedy="Divide each row by its sum",
        clauses=("SM-1",),
        replaced=instead(softmax, forward=lambda logits: np.exp(logits - row_maximum(logits)), backward=right_gradient),
    ),
    Mistake(
        "logarithm_returned",
        what="The outputs are the logarithms of the probabilities",
        remedy="Return the probabilities",
        clauses=("SM-1",),
        replaced=instead(softmax, forward=log_softmax, backward=right_gradient),
    ),
    Mistake(
        "inner_product_missing",
        what="In the gradient the inner product of cotangent and probabilities was not subtracted",
        remedy="dlogits = p * (dp - sum(dp * p)), the sum over the classes",
        clauses=("SM-2",),
        replaced=instead(softmax, backward=lambda d, x: (d * forward(x),)),
    ),
    Mistake(
        "diagonal_of_jacobian_only",
        what="The gradient uses the diagonal of the Jacobian alone, p (1 - p), as if each class stood by itself",
        remedy="dlogits = p * (dp - sum(dp * p)), the sum over the classes",
        clauses=("SM-2",),
        replaced=instead(softmax, backward=lambda d, x: (d * forward(x) * (1 - forward(x)),)),
    ),
    Mistake(
        "inner_product_over_batch",
        what="In the gradient the inner product was summed over the examples in place of the classes",
        remedy="Sum dp * p over the classes of each example",
        clauses=("SM-2",),
        replaced=instead(softmax, backward=inner_product_over_batch),
    ),
    Mistake(
        "gradient_of_log_loss",
        what=(
            "The gradient is p + dp: that of softmax and log-loss together, with "
            "the cotangent taken for minus the one-hot label"
        ),
        remedy="Multiply the cotangent by the Jacobian: dlogits = p * (dp - sum(dp * p))",
        clauses=("SM-2",),
        replaced=instead(softmax, backward=lambda d, x: (forward(x) + d,)),
    ),
    Mistake(
        "sign_of_gradient",
        what="The gradient has the opposite sign",
        remedy="dlogits = p * (dp - sum(dp * p))",
        clauses=("SM-2",),
        replaced=instead(softmax, backward=lambda d, x: backward(-d, x)),
    ),
    layout_ignored("SM-1"),
    single_precision("softmax", "SM-1"),
    clipped("softmax", "SM-2"),
]
