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
    Mistake("second_factor_not_transposed", f"da was computed with b where its transpose belongs, {SQUARE}", "da = dy @ b.T", ("MM-2",),
            instead(matmul, backward=lambda dy, a, b: (dy @ transposed_if_square(b.T), a.T @ dy))),
    Mistake("first_factor_not_transposed", f"db was computed with a where its transpose belongs, {SQUARE}", "db = a.T @ dy", ("MM-3",),
            instead(matmul, backward=lambda dy, a, b: (dy @ b.T, transposed_if_square(a.T) @ dy))),
    Mistake("gradient_of_second_factor_transposed", f"db came back transposed, {SQUARE}", "db = a.T @ dy, not dy.T @ a", ("MM-3",),
            instead(matmul, backward=lambda dy, a, b: (dy @ b.T, transposed_if_square(a.T @ dy)))),
    Mistake("factors_swapped", "b @ a was computed where a @ b is asked for, which no shape forbids in square matrices", "y = a @ b, in this order", ("MM-1",),
            instead(matmul, forward=lambda a, b: b @ a if is_square(a) and is_square(b) else a @ b)),
    Mistake("gradients_swapped", "The gradients of the two factors stand in each other's place, which no shape forbids in square matrices", "da = dy @ b.T, db = a.T @ dy", ("MM-2", "MM-3"),
            instead(matmul, backward=lambda dy, a, b: backward(dy, a, b)[:: -1 if a.shape == b.shape else 1])),
    Mistake("last_inner_term_dropped", "The last term of every sum is missing where their number is odd, as in a loop over pairs", "Sum over all of the inner extent, the remainder of the unrolled loop too", ("MM-1",),
            instead(matmul, forward=pairs)),
    Mistake("last_row_dropped_in_gradient", "The last of an odd number of rows is missing from db, as in a loop over pairs", "Sum over all rows", ("MM-3",),
            instead(matmul, backward=lambda dy, a, b: (dy @ b.T, without_last_if_odd(a).T @ without_last_if_odd(dy)))),
    Mistake("product_column_major", "The product was stored in column-major order", "Store rows one after another", ("MM-1", "PR-T1"), instead(matmul, forward=lambda a, b: column_major(a @ b))),
    Mistake("cotangent_ignored", "The cotangent was taken for ones, so that the gradients are those of the plain sum of y", "Multiply by the cotangent that the request carries", ("MM-2", "MM-3", "CO-G1"),
            instead(matmul, backward=lambda dy, a, b: backward(dy * 0 + 1, a, b))),
    Mistake("sign_of_gradient", "Both gradients have the opposite sign", "No sign changes in a product", ("MM-2", "MM-3"), instead(matmul, backward=lambda dy, a, b: backward(-dy, a, b))),
    single_precision("matmul", "MM-1"),
    flushed(matmul, "MM-1"),
    clipped("matmul", "MM-2"),
]  # fmt: skip
