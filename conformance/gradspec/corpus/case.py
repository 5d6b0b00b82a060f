"""A case: one question and its proven answer, and the pass rule for one element.

Source: ``spec/fixtures.md``, FX-1 and FX-5.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DTYPES = ("float64", "float32")
FLUSH = "flush_to_zero"
PROFILES = (FLUSH,)
Bounds = tuple[Array, Array]


def passes(x: Array, value: Array, lo: Array, hi: Array) -> Array:
    """Apply the pass rule to each element of `x`, float64; all arrays have one shape [FX-1]."""
    result: Array = ((lo <= x) & (x <= hi)) | (np.isnan(x) & np.isnan(value))
    return result


def same_sign(x: Array, value: Array) -> Array:
    """Tell for each element whether a zero has the sign of `value`, as ``identity`` demands [CO-D4]."""
    result: Array = (np.signbit(x) == np.signbit(value)) | np.isnan(value)
    return result


@dataclass(frozen=True)
class Interval:
    """True values, correctly rounded, and the bounds of every allowed answer: float64 arrays of one shape.

    `profiles` maps a profile to the bounds under it, `lo` and `hi`, where they differ [FX-19].
    """

    value: Array
    lo: Array
    hi: Array
    profiles: Mapping[str, Bounds] = field(default_factory=dict)

    def under(self, profile: str) -> Interval:
        """Return the interval for a candidate that declares `profile`."""
        return Interval(self.value, *self.profiles[profile]) if profile in self.profiles else self

    def parts(self) -> dict[str, Array]:
        """Return every array by its path below the tensor's."""
        found = {"value": self.value, "lo": self.lo, "hi": self.hi}
        for profile, (lo, hi) in self.profiles.items():
            found |= {f"{profile}/lo": lo, f"{profile}/hi": hi}
        return found

    @classmethod
    def of_parts(cls, parts: Mapping[str, Array]) -> Interval:
        """Return the interval whose `parts` these are."""
        own = {p: (parts[f"{p}/lo"], parts[f"{p}/hi"]) for p in PROFILES if f"{p}/lo" in parts}
        return cls(parts["value"], parts["lo"], parts["hi"], own)

    def passes(self, x: Array, bitwise: bool = False) -> Array:
        """Tell for each element of `x`, float64 and of this shape, whether it passes; `bitwise` for ``identity``."""
        passed = passes(x, self.value, self.lo, self.hi)
        return passed & same_sign(x, self.value) if bitwise else passed


@dataclass(frozen=True)
class Case:
    """One question and its proven answer.

    Floating-point inputs and cotangents have the case's dtype. `outputs` and `gradients` map names to intervals.
    `unproven` names the profiles under which the case has no bounds: it is not put to a candidate that declares one.
    """

    layer: str
    dtype: str
    name: str
    why: str
    attributes: Mapping[str, str]
    clauses: tuple[str, ...]
    tags: tuple[str, ...]
    inputs: Mapping[str, Array]
    cotangents: Mapping[str, Array]
    outputs: Mapping[str, Interval] = field(repr=False)
    gradients: Mapping[str, Interval] = field(repr=False)
    unproven: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """Return ``layer/dtype/name``, which never changes its meaning."""
        return f"{self.layer}/{self.dtype}/{self.name}"

    def interval(self, path: str) -> Interval:
        """Return the interval of the tensor at ``outputs/<name>`` or ``gradients/<name>``."""
        kind, name = path.split("/")
        return (self.outputs if kind == "outputs" else self.gradients)[name]

    def intervals(self) -> dict[str, Interval]:
        """Return the intervals of outputs and gradients by their paths."""
        found = {f"outputs/{name}": interval for name, interval in self.outputs.items()}
        return found | {f"gradients/{name}": interval for name, interval in self.gradients.items()}

    def under(self, profile: str) -> Case | None:
        """Return the case for a candidate that declares `profile`, or None if it has no bounds there [FX-19]."""
        if profile in self.unproven:
            return None
        outputs, gradients = (
            {name: interval.under(profile) for name, interval in intervals.items()}
            for intervals in (self.outputs, self.gradients)
        )
        return replace(self, outputs=outputs, gradients=gradients)

    @property
    def bitwise(self) -> bool:
        """Tell whether zeros must have the right sign, too [CO-D4]."""
        return self.layer == "identity"

    def datasets(self) -> dict[str, Array]:
        """Return every dataset of the case by its path, little-endian, in the fixture's two dtypes."""
        found = {}
        for group, tensors in (("inputs", self.inputs), ("cotangents", self.cotangents)):
            for name, array in tensors.items():
                found[f"{group}/{name}"] = array.astype("<i8" if array.dtype.kind == "i" else "<f8")
        for group, intervals in (("outputs", self.outputs), ("gradients", self.gradients)):
            for name, interval in intervals.items():
                for part, array in interval.parts().items():
                    found[f"{group}/{name}/{part}"] = array.astype("<f8")
        return dict(sorted(found.items()))

    def metadata(self) -> dict[str, Any]:
        """Return what the case says of itself, tensors' shapes included."""
        unproven = {"unproven": list(self.unproven)} if self.unproven else {}
        return unproven | {
            "id": self.id,
            "why": self.why,
            "attributes": dict(self.attributes),
            "clauses": list(self.clauses),
            "tags": list(self.tags),
            "shapes": {path: list(array.shape) for path, array in self.datasets().items()},
        }

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the case's content, which owes nothing to HDF5 [FX-5]."""
        sha = hashlib.sha256(canonical_json(self.metadata()))
        for path, array in self.datasets().items():
            sha.update(b"\0" + path.encode() + b"\0" + array.tobytes())
        return sha.hexdigest()


def canonical_json(value: Any) -> bytes:
    """Return a value as JSON with one spelling only: keys sorted, no spaces, ASCII [FX-5]."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")
