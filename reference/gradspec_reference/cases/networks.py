"""What the cases of all networks share: a builder, and the cases that every network has to have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradspec.corpus.spec import layers

from ..numbers.formats import Format
from ..numbers.operations import Array
from .question import Draw, Question


class Network:
    """Builds cases of one network: sizes in the order of its shape symbols, N first and C last."""

    def __init__(self, layer: str, form: Format, everything: Sequence[str]) -> None:
        self.layer, self.form, self.everything = layer, form, tuple(everything)
        self.draw = Draw(form, layer)
        self.spec = layers()[layer]
        self.symbols = list(dict.fromkeys(s for t in self.spec.inputs for s in t.shape))
        self.classifies = any(t.name == "labels" for t in self.spec.inputs)

    def shapes(self, sizes: Sequence[int]) -> dict[str, tuple[int, ...]]:
        """Return the shape of every input for examples as rows."""
        by_symbol = dict(zip(self.symbols, sizes, strict=True))
        return {t.name: tuple(by_symbol[s] for s in t.shape) for t in self.spec.inputs}

    def case(
        self,
        name: str,
        why: str,
        sizes: Sequence[int],
        clauses: Sequence[str] = (),
        dloss: object = None,
        reduction: str = "mean",
        layout: str = "rows",
        tags: tuple[str, ...] = (),
        gradients: bool = True,
        **given: Any,
    ) -> Question:
        """Return a case; inputs that are not given are drawn."""
        draw = Draw(self.form, f"{self.layer}/{name}")
        inputs: dict[str, Array] = {}
        for key, shape in self.shapes(sizes).items():
            if key == "labels":
                inputs[key] = given.get(key, draw.labels(key, sizes[0], sizes[-1]))
            else:
                array = given.get(key, draw.generic(key, *shape))
                inputs[key] = np.ascontiguousarray(array.T) if layout == "columns" else array
        cotangent = draw.generic("dloss", *sizes[:1] if reduction == "none" else ()) if dloss is None else dloss
        attributes = {"layout": layout, "reduction": reduction}
        cotangents = {"loss": draw.array(cotangent)} if gradients else {}
        return Question(name, why, tuple(clauses) or self.everything, inputs, cotangents, attributes, tags, gradients)

    def lattice(self, sizes: Sequence[int]) -> dict[str, Any]:
        """Return small multiples of one step for every float input, with biases off the grid of the products.

        No gate stands at its kink, and the logits of a classifier stay moderate.
        """
        step = 0.25 if self.classifies else 1.0
        shapes = {k: s for k, s in self.shapes(sizes).items() if k != "labels"}
        found = {k: self.draw.lattice(k, *s, step=step) for k, s in shapes.items()}
        return {k: v + self.draw.array(step / 8) if k.startswith("b") else v for k, v in found.items()}

    def common(self, sizes: Sequence[int], other: Sequence[int]) -> list[Question]:
        """Return what every network is asked; `sizes` and `other` are pairwise distinct."""
        case, everything = self.case, self.everything
        hidden = sizes[1:]
        equal, few = [4] * len(sizes), [3] * len(sizes)
        lattice_sizes = [4, *other[1:]]
        return [
            case(
                "mean",
                "The mean over examples; no two extents agree.",
                sizes,
                clauses=(*everything, "CO-R3", "CO-R4"),
            ),
            case(
                "sum",
                "Losses summed: no 1/N anywhere.",
                sizes,
                clauses=(*everything, "CO-R2"),
                reduction="sum",
                tags=("erratum",),
            ),
            case(
                "none",
                "One loss and one cotangent per example.",
                sizes,
                clauses=(*everything, "CO-R1"),
                reduction="none",
            ),
            case(
                "columns_mean",
                "Examples as columns.",
                sizes,
                clauses=(*everything, "CO-L1"),
                layout="columns",
            ),
            case(
                "columns_sum",
                "Examples as columns, losses summed.",
                other,
                clauses=(*everything, "CO-L1"),
                layout="columns",
                reduction="sum",
            ),
            case(
                "columns_none",
                "Examples as columns, a loss each.",
                other,
                clauses=(*everything, "CO-L1"),
                layout="columns",
                reduction="none",
            ),
            case(
                "one_column",
                "A single example as a column: the vector form.",
                [1, *hidden],
                clauses=(*everything, "CO-L1"),
                layout="columns",
                tags=("erratum",),
            ),
            case(
                "odd_batch",
                "Seven examples: N is no power of two, and a loop by pairs drops the last.",
                [7, *other[1:]],
            ),
            case(
                "one_row",
                "A single example.",
                [1, *hidden],
            ),
            case(
                "empty_batch",
                "No examples: the mean loss is NaN, the parameters' gradients are zeros.",
                [0, *hidden],
                clauses=(*everything, "CO-R3"),
            ),
            case(
                "no_features",
                "D = 0: the first layer gives its bias.",
                [sizes[0], 0, *sizes[2:]],
            ),
            case(
                "all_extents_equal",
                "All extents are 4: any mix-up of axes, or of w for its transpose, passes the shape checks.",
                equal,
                tags=("erratum",),
            ),
            case(
                "all_extents_equal_columns",
                "All extents are 3, examples as columns.",
                few,
                clauses=(*everything, "CO-L1"),
                layout="columns",
                tags=("erratum",),
            ),
            case(
                "lattice_parameters",
                "Small integers: every sum up to the last layer is exact.",
                lattice_sizes,
                **self.lattice(lattice_sizes),
                dloss=3.0,
                tags=("lattice",),
            ),
            case(
                "many_rows",
                "35 examples: sums over a batch that is no power of two.",
                [35, *hidden],
            ),
            case(
                "large_gradients",
                "A cotangent of 1000 and large inputs: gradients far above 1.",
                other,
                dloss=1000.5,
                x=self.draw.generic("large", other[0], other[1], scale=16.0),
            ),
            case(
                "silent_example",
                "One example's cotangent is exactly 0.",
                [3, *hidden],
                reduction="none",
                dloss=[0.5, 0.0, -1.75],
            ),
        ]

    def kink(self) -> dict[str, Any]:
        """Return parameters under which some pre-activations are exactly 0."""
        array = self.draw.array
        if "w3" in self.shapes(range(len(self.symbols))):
            # The first pre-activations are (1, 0) and (2, 1), the second (0, 1) and (2, -1).
            return {
                "x": array([[1.0], [2.0]]),
                "w1": array([[1.0, 1.0]]),
                "b1": array([0.0, -1.0]),
                "w2": array([[1.0, 0.0], [1.0, -2.0]]),
                "b2": array([-1.0, 1.0]),
            }
        # The pre-activations of row 0 are (0, -1, 2), those of row 1 (1, 0, 0), the last zero from 2 - 2.
        return {
            "x": array([[1.0, 1.0], [2.0, 1.0], [1.0, -1.0]]),
            "w1": array([[1.0, 1.0, -2.0], [0.0, -1.0, 2.0]]),
            "b1": array([-1.0, -1.0, 2.0]),
        }

    def gate_near_zero(self, clauses: tuple[str, ...]) -> Question:
        """Return the case whose first pre-activations are 2**-40 and -2**-40, exactly."""
        sizes = [2, 1, 2, *([2] if "w3" in self.shapes(range(len(self.symbols))) else []), 3]
        tiny = self.draw.array([2.0**-20, -(2.0**-20)])
        return self.case(
            "gate_near_zero",
            "Pre-activations of 2**-40 and -2**-40: the gate has its threshold at 0, not near it.",
            sizes,
            clauses=clauses,
            x=tiny[:, None],
            w1=tiny[None, :],
            b1=self.draw.array([0.0, 0.0]),
        )

    def nan_input(self, sizes: Sequence[int], clauses: tuple[str, ...]) -> Question:
        """Return the case of one NaN in x; without gradients, since gates at NaN are not specified."""
        x = self.draw.generic("nan", sizes[0], sizes[1])
        x[1, 0] = np.nan
        why = "A NaN in one row reaches that row and the reduced loss. No gradients are asked."
        return self.case("nan_input", why, sizes, clauses, tags=("special",), gradients=False, x=x)
