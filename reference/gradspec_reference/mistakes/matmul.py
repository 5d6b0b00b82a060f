"""What people get wrong in matmul."""

from ..layers import matmul
from ..layers.matmul import backward
from ..numbers.operations import Array
from .common import (
    clipped,
    column_major,
    flushed,
    is_square,
    single_precision,
    transposed_if_square,
    without_last_if_odd,
)
from .mistake import Mistake, instead

SQUARE = "which no shape forbids in a square matrix"


def pairs(a: Array, b: Array) -> Array:
    """Multiply, looking at inner terms two by two."""
    even = a.shape[1] // 2 * 2
    return a[:, :even] @ b[:even]


MISTAKES = [
    Mistake(
        "second_factor_not_transposed",
        what=f"da was computed with b where its transpose belongs, {SQUARE}",
        remedy="da = dy @ b.T",
        clauses=("MM-2",),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ transposed_if_square(b.T), a.T @ dy)),
    ),
    Mistake(
        "first_factor_not_transposed",
        what=f"db was computed with a where its transpose belongs, {SQUARE}",
        remedy="db = a.T @ dy",
        clauses=("MM-3",),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ b.T, transposed_if_square(a.T) @ dy)),
    ),
    Mistake(
        "gradient_of_second_factor_transposed",
        what=f"db came back transposed, {SQUARE}",
        remedy="db = a.T @ dy, not dy.T @ a",
        clauses=("MM-3",),
        replaced=instead(matmul, backward=lambda dy, a, b: (dy @ b.T, transposed_if_square(a.T @ dy))),
    ),
    Mistake(
        "factors_swapped",
        what="b @ a was computed where a @ b is asked for, which no shape forbids in square matrices",
        remedy="y = a @ b, in this order",
        clauses=("MM-1",),
        replaced=instead(matmul, forward=lambda a, b: b @ a if is_square(a) and is_square(b) else a @ b),
    ),
    Mistake(
        "gradients_swapped",
        what="The gradients of the two factors stand in each other's place, which no shape forbids in square matrices",
        remedy="da = dy @ b.T, db = a.T @ dy",
        clauses=("MM-2", "MM-3"),
        replaced=instead(matmul, backward=lambda dy, a, b: backward(dy, a, b)[:: -1 if a.shape == b.shape else 1]),
    ),
    Mistake(
        "last_inner_term_dropped",
        what="The last term of every sum is missing where their number is odd, as in a loop over pairs",
        remedy="Sum over all of the inner extent, the remainder of the unrolled loop too",
        clauses=("MM-1",),
        replaced=instead(matmul, forward=pairs),
    ),
    Mistake(
        "last_row_dropped_in_gradient",
        what="The last of an odd number of rows is missing from db, as in a loop over pairs",
        remedy="Sum over all rows",
        clauses=("MM-3",),
        replaced=instead(
            matmul, backward=lambda dy, a, b: (dy @ b.T, without_last_if_odd(a).T @ without_last_if_odd(dy))
        ),
    ),
    Mistake(
        "product_column_major",
        what="The product was stored in column-major order",
        remedy="Store rows one after another",
        clauses=("MM-1", "PR-T1"),
        replaced=instead(matmul, forward=lambda a, b: column_major(a @ b)),
    ),
    Mistake(
        "cotangent_ignored",
        what="The cotangent was taken for ones, so that the gradients are those of the plain sum of y",
        remedy="Multiply by the cotangent that the request carries",
        clauses=("MM-2", "MM-3", "CO-G1"),
        replaced=instead(matmul, backward=lambda dy, a, b: backward(dy * 0 + 1, a, b)),
    ),
    Mistake(
        "sign_of_gradient",
        what="Both gradients have the opposite sign",
        remedy="No sign changes in a product",
        clauses=("MM-2", "MM-3"),
        replaced=instead(matmul, backward=lambda dy, a, b: backward(-dy, a, b)),
    ),
    single_precision("matmul", "MM-1"),
    flushed(matmul, "MM-1"),
    clipped("matmul", "MM-2"),
]
