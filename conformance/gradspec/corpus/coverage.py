"""How many cases there are of what, so that a hole in the corpus shows."""

from __future__ import annotations

from collections.abc import Iterable

from .case import Case
from .spec import layers

EDGES = ("extreme", "special", "offset", "subnormal", "kink", "one_class", "empty")

def coverage_counts(cases: Iterable[Case]) -> dict[tuple[str, str, str, str], int]:
    """Count cases by layer, attribute value, dtype and gradient; what the spec has and no case shows counts 0."""
    chosen = list(cases)
    counts = {
        (layer, value, dtype, gradient): 0
        for layer in dict.fromkeys(c.layer for c in chosen)
        for value in _attribute_values(layer)
        for dtype in dict.fromkeys(c.dtype for c in chosen)
        for gradient in layers()[layer].differentiable
    }
    for case in chosen:
        for value in [f"{k} = {v}" for k, v in case.attributes.items()] or [""]:
            for gradient in case.gradients:
                counts[case.layer, value, case.dtype, gradient] += 1
    return counts


def _attribute_values(layer: str) -> list[str]:
    return [f"{k} = {v}" for k, values in layers()[layer].attributes.items() for v in values] or [""]
