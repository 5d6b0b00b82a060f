"""What a case must be once its file has been read: a question that the spec allows, and the answers to it.

Source: ``spec/fixtures.md``, FX-15 and FX-16, and ``spec/layers/<layer>.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .case import PROFILES, Case
from .files import FixtureError
from .spec import layers

PARTS = ("hi", "lo", "value")


def require_meta(meta: Mapping[str, Any], identity: str) -> None:
    """Raise `FixtureError` unless a `meta` that its schema accepts is of the case ``layer/dtype/name`` [FX-15]."""
    if meta["id"] != identity:
        raise FixtureError(f"its meta says that it is {meta['id']} [FX-15]")
    if identity.split("/")[0] not in layers():
        raise FixtureError(f"the spec has no layer {identity.split('/')[0]} [FX-15]")
    parts: dict[str, set[str]] = {}
    for path in meta["shapes"]:
        kind, tensor, *part = path.split("/")
        parts.setdefault(f"{kind}/{tensor}", set()).update(["/".join(part)] if part else [])
    for tensor, given in parts.items():
        if given and not set(PARTS) <= given:
            raise FixtureError(f"{tensor} has {', '.join(sorted(given))}, and must have {', '.join(PARTS)} [FX-15]")
        for profile in PROFILES:
            if len(own := {part for part in given if part.startswith(f"{profile}/")}) == 1:
                raise FixtureError(f"{tensor} has {own.pop()} without the other bound [FX-15]")
            if own and profile in meta.get("unproven", ()):
                raise FixtureError(f"{tensor} has bounds under {profile}, and the case has none by its meta [FX-19]")


def require_contract(case: Case) -> None:
    """Raise `FixtureError` unless the layer allows the question, and answers of these names and shapes [FX-16]."""
    layer = layers()[case.layer]
    if case.gradients and case.gradients.keys() != set(layer.differentiable):
        raise FixtureError(f"it has gradients of {', '.join(case.gradients)}, and must have all or none [FX-16]")
    layer.check(case.dtype, case.attributes, case.inputs, case.cotangents, list(case.gradients))
    sizes = layer.bind(case.attributes, case.inputs)
    shapes = {tensor.name: layer.shape(tensor, case.attributes, sizes) for tensor in layer.outputs}
    if not case.outputs:
        raise FixtureError("it has no outputs [FX-16]")
    for kind, answers in (("outputs", case.outputs), ("gradients", case.gradients)):
        for name, interval in answers.items():
            wanted = case.inputs[name].shape if kind == "gradients" else shapes.get(name)
            if {array.shape for array in interval.parts().values()} != {wanted}:
                raise FixtureError(f"{kind}/{name} has shape {interval.value.shape}, and must have {wanted} [FX-16]")


def require_intervals(case: Case) -> None:
    """Raise `FixtureError` unless ``lo <= value <= hi``, or all three are NaN, in every element [FX-16]."""
    for name, interval in (*case.outputs.items(), *case.gradients.items()):
        lo, value, hi = interval.lo, interval.value, interval.hi
        right = (lo <= value) & (value <= hi)
        if not right.all() and not (right | np.isnan(lo) & np.isnan(value) & np.isnan(hi)).all():
            raise FixtureError(f"the interval of {name} does not hold its value everywhere [FX-16]")
        for profile, (low, high) in interval.profiles.items():
            if not ((low <= lo) & (hi <= high) | np.isnan(lo) & np.isnan(low) & np.isnan(high)).all():
                raise FixtureError(f"the interval of {name} under {profile} does not hold its interval [FX-19]")
