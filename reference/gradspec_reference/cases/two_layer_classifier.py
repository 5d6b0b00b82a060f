"""Cases of two_layer_classifier."""

from typing import Any

import numpy as np

from ..draw import Case, Draw
from ..formats import Format


def cases(form: Format) -> list[Case]:
    """Return the cases for one dtype."""

    def case(
        name: str,
        why: str,
        extents: tuple[int, int, int, int],
        *clauses: str,
        dloss: object = None,
        reduction: str = "mean",
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        gradients: bool = True,
        **given: Any,
    ) -> Case:
        n, d, h, c = extents
        draw = Draw(form, f"two_layer_classifier/{name}")
        shapes = {"x": (n, d), "w1": (d, h), "b1": (h,), "w2": (h, c), "b2": (c,)}
        inputs = {k: given.get(k, draw.generic(k, *shape)) for k, shape in shapes.items()}
        if layout == "columns":
            inputs = {k: np.ascontiguousarray(v.T) for k, v in inputs.items()}
        inputs["labels"] = given.get("labels", draw.labels("labels", n, c))
        shape = (n,) if reduction == "none" else ()
        cotangent = draw.generic("dloss", *shape) if dloss is None else draw.array(dloss)
        attributes = {"layout": layout, "reduction": reduction}
        return Case(name, why, clauses, inputs, {"loss": cotangent} if gradients else {}, attributes, tags, gradients)

    draw = Draw(form, "two_layer_classifier")
    everything = ("TC-1", "TC-2", "TC-3", "TC-4", "TC-5", "TC-6")
    not_a_number = draw.generic("nan", 3, 2)
    not_a_number[1, 0] = np.nan
    cancelling = draw.generic("cancelling", 4, 6, scale=256.0)
    cancelling[:, 3:] = -cancelling[:, :3]
    # Row 0 of x w1 + b1 is (0, -1, 2), row 1 is (1, 0, 0) and the last zero comes from 2 - 2.
    kink: dict[str, Any] = {
        "x": draw.array([[1.0, 1.0], [2.0, 1.0], [1.0, -1.0]]),
        "w1": draw.array([[1.0, 1.0, -2.0], [0.0, -1.0, 2.0]]),
        "b1": draw.array([-1.0, -1.0, 2.0]),
    }
    lattice: dict[str, Any] = {
        k: draw.lattice(k, *s) for k, s in {"x": (4, 3), "w1": (3, 5), "b1": (5,), "w2": (5, 2), "b2": (2,)}.items()
    }
    return [
        case("mean", "The network of the first source; no two extents agree.", (5, 3, 4, 2), *everything, "CO-R3", "CO-R4"),
        case("sum", "Losses summed: no 1/N anywhere.", (5, 3, 4, 2), *everything, "CO-R2", reduction="sum"),
        case("none", "One loss and one cotangent per example.", (5, 3, 4, 2), *everything, "CO-R1", reduction="none"),
        case("columns_mean", "Examples as columns.", (5, 3, 4, 2), *everything, "CO-L1", layout="columns"),
        case("columns_sum", "Examples as columns, losses summed.", (4, 2, 5, 3), *everything, "CO-L1", layout="columns", reduction="sum"),
        case("columns_none", "Examples as columns, a loss each.", (4, 2, 5, 3), *everything, "CO-L1", layout="columns", reduction="none"),
        case("odd_batch", "Seven examples.", (7, 2, 4, 3), *everything),
        case("one_row", "A single example.", (1, 3, 4, 2), *everything),
        case("one_class", "C = 1: nothing to learn, every gradient is 0.", (3, 2, 4, 1), "TC-3"),
        case("one_unit", "H = 1: a hidden layer that is a column.", (4, 3, 1, 2), *everything),
        case("empty_batch", "No examples: the mean loss is NaN, the parameters' gradients are zeros.", (0, 3, 4, 2), *everything, "CO-R3"),
        case("no_features", "D = 0: the hidden layer is relu(b1).", (3, 0, 4, 2), *everything),
        case("no_units", "H = 0: the logits are b2.", (3, 2, 0, 4), *everything),
        case("all_extents_equal", "N = D = H = C: any mix-up of axes or of w for its transpose passes the shape checks.", (4, 4, 4, 4), *everything),
        case("all_extents_equal_columns", "The same with examples as columns.", (3, 3, 3, 3), *everything, "CO-L1", layout="columns"),
        case("kink_in_hidden_layer", "Pre-activations of exactly 0: the gate there is closed, `>=` opens it.", (3, 2, 3, 4), "TC-5", "RE-3", tags=("kink",), **kink),
        case("dead_hidden_layer", "Every pre-activation is negative: dx, dw1 and db1 are 0, dw2 is 0, db2 is not.", (3, 2, 4, 3), "TC-4", "TC-5",
             x=abs(draw.generic("dx", 3, 2)), w1=-abs(draw.generic("dw", 2, 4)), b1=draw.array([-1.0, -2.0, -0.5, -0.25])),
        case("open_hidden_layer", "Every pre-activation is positive: the network is linear here.", (3, 2, 4, 3), "TC-4", "TC-5",
             x=abs(draw.generic("ox", 3, 2)), w1=abs(draw.generic("ow", 2, 4)), b1=draw.array([1.0, 2.0, 0.5, 0.25])),
        case("gate_by_pre_activation", "Hidden gradients oppose the pre-activations in sign: a gate on the gradient shows.", (6, 3, 5, 2), "TC-5"),
        case("lattice_parameters", "Small integers: the logits are exact, what follows is not.", (4, 3, 5, 2), *everything, tags=("lattice",), **lattice),
        case("logits_800", "Logits beyond 800 in magnitude: exponentials without a shift overflow.", (3, 2, 4, 3), *everything, "SC-4", tags=("extreme",),
             w2=draw.lattice("w800", 4, 3, step=128.0), b2=draw.array([800.0, -800.0, 0.0])),
        case("uniform_logits", "w2 has equal columns: probabilities of 1/4, and what flows back to the hidden layer cancels.", (8, 2, 5, 4), "TC-3", "TC-4",
             w2=draw.array(np.repeat(draw.lattice("wu", 5, 1), 4, axis=1)), b2=draw.array(np.full(4, 0.5)),
             x=draw.lattice("xu", 8, 2), w1=draw.lattice("w1u", 2, 5), b1=draw.lattice("b1u", 5) + draw.array(0.5)),
        case("near_certain", "Labels of probability nearly 1: a loss and gradients of nearly 0.", (2, 2, 3, 2), *everything,
             b2=draw.array([40.0, -40.0]), labels=np.array([0, 0])),
        case("cancelling_sums", "First-layer sums of terms near 256 that cancel.", (4, 6, 3, 2), "TC-1",
             x=cancelling, w1=draw.array(np.ones((6, 3))) + draw.generic("cw", 6, 3, scale=2.0**-6)),
        case("large_gradients", "A cotangent of 1000 and large inputs: gradients far above 1.", (4, 3, 5, 2), *everything, dloss=1000.5,
             x=draw.generic("lx", 4, 3, scale=16.0)),
        case("many_rows", "35 examples: sums over a batch that is no power of two.", (35, 3, 4, 2), "TC-4", "TC-6"),
        case("first_class", "Every label is 0.", (3, 2, 4, 3), *everything, labels=np.zeros(3, dtype=np.int64)),
        case("silent_example", "One example's cotangent is exactly 0.", (3, 2, 4, 3), *everything, reduction="none", dloss=[0.5, 0.0, -1.75]),
        case("nan_input", "A NaN in one row reaches that row's probabilities and the reduced loss. Gates at NaN are not specified: no gradients are asked.",
             (3, 2, 4, 3), "SC-6", "RE-5", tags=("special",), gradients=False, x=not_a_number),
    ]  # fmt: skip
