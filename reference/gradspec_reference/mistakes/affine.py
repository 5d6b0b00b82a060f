"""What people get wrong in affine."""

from ..layers import affine, matmul
from ..layers.affine import backward
from ..numbers.operations import Array
from . import bias
from .common import (
    clipped,
    column_major,
    flushed,
    is_square,
    layout_ignored,
    single_precision,
    transposed_if_square,
)
from .mistake import Mistake, inherited, instead


def averaged(dy: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    """Divide the parameters' gradients by N."""
    dx, dw, db = backward(dy, x, w, b)
    n = max(len(dy), 1)
    return dx, dw / n, db / n


def of_last_row(dy: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    """Assign dw where it should be added to."""
    dx, dw, db = backward(dy, x, w, b)
    return dx, x[-1:].T @ dy[-1:] if len(x) else dw, db


def bias_in_input_gradient(dy: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    """Go back through the forward pass's own function."""
    _, dw, db = backward(dy, x, w, b)
    return affine.forward(dy, w.T, x.sum(axis=0) * 0 + b.sum()), dw, db


# Mistakes in the product and its gradients are made in matmul's functions, so that every layer above makes them too.
MISTAKES = [
    Mistake(
        "weights_not_transposed",
        what=(
            "The gradient for the layer's input was computed with w where its "
            "transpose belongs, which no shape forbids if w is square"
        ),
        remedy="dx = dy @ w.T",
        clauses=("AF-2",),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ transposed_if_square(b.T), a.T @ dy)),
    ),
    Mistake(
        "weight_gradient_transposed",
        what="The gradient of the weights came back transposed, which no shape forbids if w is square",
        remedy="dw = x.T @ dy, not dy.T @ x",
        clauses=("AF-3",),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ b.T, transposed_if_square(a.T @ dy))),
    ),
    Mistake(
        "input_gradient_transposed",
        what="The gradient for the layer's input came back transposed, which no shape forbids if it is square",
        remedy="dx = dy @ w.T, not w @ dy.T",
        clauses=("AF-2",),
        replaced=instead(matmul, backward=lambda dy, a, b: (transposed_if_square(dy @ b.T), a.T @ dy)),
    ),
    Mistake(
        "weight_gradient_column_major",
        what="The gradient of the weights was stored in column-major order",
        remedy="Store rows one after another",
        clauses=("AF-3", "PR-T1"),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ b.T, column_major(a.T @ dy))),
    ),
    Mistake(
        "weights_applied_transposed",
        what="y was computed with the transpose of w, which no shape forbids if w is square",
        remedy="y = x @ w + b, w of shape (D, H)",
        clauses=("AF-1",),
        replaced=instead(matmul, forward=lambda a, b: a @ (b.T if is_square(b) else b)),
    ),
    Mistake(
        "weight_gradient_without_last_row",
        what="The last example is missing from the gradient of the weights, as in a loop that ends one too early",
        remedy="Sum over all examples",
        clauses=("AF-3",),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ b.T, a[:-1].T @ dy[:-1])),
    ),
    Mistake(
        "weight_gradient_of_last_row",
        what="The gradient of the weights is that of the last example alone: each example overwrote the one before",
        remedy="Add what all examples give: dw = x.T @ dy",
        clauses=("AF-3",),
        replaced=instead(affine, backward=of_last_row),
    ),
    Mistake(
        "parameter_gradients_averaged",
        what="The gradients of the weights and the bias were divided by the number of examples",
        remedy="Sum over the examples: a mean belongs to the loss, if anywhere",
        clauses=("AF-3", "AF-4"),
        replaced=instead(affine, backward=averaged),
    ),
    Mistake(
        "bias_in_input_gradient",
        what=(
            "The sum of the bias was added to every element of the gradient for the layer's input, as if it went "
            "through the forward pass once more"
        ),
        remedy="dx = dy @ w.T, without any bias",
        clauses=("AF-2",),
        replaced=instead(affine, backward=bias_in_input_gradient),
    ),
    Mistake(
        "cotangent_ignored",
        what="The cotangent was taken for ones, so that the gradients are those of the plain sum of y",
        remedy="Start from the cotangent that the request carries",
        clauses=("AF-2", "AF-3", "AF-4", "CO-G1"),
        replaced=instead(affine, backward=lambda dy, x, w, b: backward(dy * 0 + 1, x, w, b)),
    ),
    Mistake(
        "sign_of_gradient",
        what="All gradients have the opposite sign, as if the step of a descent had been taken already",
        remedy="Return the gradient, not the step",
        clauses=("AF-2", "AF-3", "AF-4"),
        replaced=instead(affine, backward=lambda dy, x, w, b: backward(-dy, x, w, b)),
    ),
    *inherited(
        bias.MISTAKES,
        bias_added_twice="AF-1",
        bias_forgotten="AF-1",
        bias_added_down_the_rows="AF-1",
        bias_gradient_of_last_row="AF-4",
        bias_gradient_averaged="AF-4",
        bias_gradient_over_wrong_axis="AF-4",
        bias_gradient_zero="AF-4",
    ),
    layout_ignored("AF-1"),
    single_precision("affine", "AF-1"),
    flushed(matmul, "AF-1"),
    clipped("affine", "AF-3"),
]
