"""How many cases there are of what, so that a hole in the corpus shows."""

from __future__ import annotations

from collections.abc import Iterable

from .case import Case
from .spec import layers

EDGES = frozenset({"extreme", "kink", "special", "subnormal"})  # tags of cases where a plain formula goes wrong
CASES_OF_A_LAYER = 10  # at least, in each dtype that it declares, for a claim
CASES_OF_A_VALUE = 2  # at least, in each dtype, of each attribute value that it declares


def too_few(layer: str, dtype: str, asked: Iterable[Case], edges: Iterable[str], declared: Iterable[str]) -> str:
    """Say why the `asked` cases of a layer in one dtype are too few for a claim; empty if they are not.

    `edges` are the edge tags that the corpus has for the layer, `declared` the attribute values, as ``layout rows``.
    Source: ``spec/README.md``, "Claims".
    """
    chosen = list(asked)
    if len(chosen) < CASES_OF_A_LAYER:
        return f"{layer} in {dtype} was asked {len(chosen)} cases, and needs {CASES_OF_A_LAYER}; declare more of it"
    for value in declared:
        shown = sum(value in {f"{k} {v}" for k, v in case.attributes.items()} for case in chosen)
        if shown < CASES_OF_A_VALUE:
            return f"{layer} in {dtype} was asked {shown} cases of {value}, and needs {CASES_OF_A_VALUE}"
    missing = sorted(set(edges) - {tag for case in chosen for tag in case.tags})
    if missing:
        return f"{layer} in {dtype} was asked no case with the tag {missing[0]}, as declared; declare more of it"
    return ""


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
