"""The HDF5 fixture format: its one writer and its one reader.

Source: ``spec/fixtures.md``. The profile is narrow so that any language's reader can take it, and so that any
version of h5py writes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from . import SPEC_VERSION, mistaken
from .mistaken import Mistaken
from .spec import validator

FORMAT_VERSION = 1

Array = npt.NDArray[Any]


class FixtureError(Exception):
    """A fixture file or the manifest cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Interval:
    """True values, correctly rounded, and the bounds of every admitted answer: float64 arrays of one shape."""

    value: Array
    lo: Array
    hi: Array


@dataclass(frozen=True)
class Case:
    """One question and its proven answer.

    Floating-point inputs and cotangents have the case's dtype. `outputs` and `gradients` map names to intervals.
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

    def datasets(self) -> dict[str, Array]:
        """Return every dataset of the case by its path, little-endian, in the fixture's two dtypes."""
        found = {}
        for group, tensors in (("inputs", self.inputs), ("cotangents", self.cotangents)):
            for name, array in tensors.items():
                found[f"{group}/{name}"] = array.astype("<i8" if array.dtype.kind == "i" else "<f8")
        for group, intervals in (("outputs", self.outputs), ("gradients", self.gradients)):
            for name, interval in intervals.items():
                for part in ("value", "lo", "hi"):
                    found[f"{group}/{name}/{part}"] = getattr(interval, part).astype("<f8")
        return dict(sorted(found.items()))

    def metadata(self) -> dict[str, Any]:
        """Return what the case says of itself, tensors' shapes included."""
        return {
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
        sha = hashlib.sha256(_json(self.metadata()))
        for path, array in self.datasets().items():
            sha.update(b"\0" + path.encode() + b"\0" + array.tobytes())
        return sha.hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def write(path: Path, layer: str, cases: Iterable[Case], mistakes: Mapping[str, Iterable[Mistaken]] = {}) -> None:
    """Write a fixture file, to a temporary name first, with `mistakes` by case id; equal cases give equal bytes."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    try:
        with h5py.File(temporary, "w", libver=("earliest", "v108")) as file:
            _attributes(file, {"format": "gradspec", "format_version": FORMAT_VERSION, "layer": layer})
            _attributes(file, {"spec_version": SPEC_VERSION})
            for case in sorted(cases, key=lambda c: c.id):
                group = file.require_group(case.dtype).create_group(case.name)
                _write_case(group, case, list(mistakes.get(case.id, ())))
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _write_case(group: Any, case: Case, mistakes: list[Mistaken]) -> None:
    meta = case.metadata() | {"digest": case.digest}
    _attributes(group, {k: v if isinstance(v, str) else _json(v).decode() for k, v in meta.items() if k != "shapes"})
    if mistakes:
        meta["mistakes"] = {mistake.name: mistake.metadata() for mistake in mistakes}
        mistaken.write(group, mistakes)
    for path, array in case.datasets().items():
        dataset = group.create_dataset(path, data=array, track_times=False)
        dataset.attrs["shape"] = np.array(array.shape, dtype="<i8")
    group.create_dataset("meta", data=np.frombuffer(_json(meta), dtype=np.uint8), track_times=False)


def _attributes(target: Any, values: Mapping[str, Any]) -> None:
    for key, value in sorted(values.items()):
        target.attrs[key] = np.bytes_(value) if isinstance(value, str) else np.int64(value)


def read(path: Path, verified: bool = True) -> Iterator[Case]:
    """Yield the cases of a fixture file, in the order of their ids; `verified` against their digests.

    Raises
    ------
    FixtureError
        The file is missing, is not HDF5, or is not a fixture of a format that this reader knows.
    """
    if not path.is_file():
        raise FixtureError(f"{path} does not exist; `gradspec-reference generate` writes the fixtures")
    try:
        with h5py.File(path, "r") as file:
            if bytes(file.attrs.get("format", b"")) != b"gradspec" or file.attrs["format_version"] != FORMAT_VERSION:
                raise FixtureError(f"{path} is no gradspec fixture of format {FORMAT_VERSION}")
            for dtype in sorted(file):
                for name in sorted(file[dtype]):
                    yield _read_case(file[dtype][name], verified)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise FixtureError(f"{path} cannot be read: {error}") from error


def _read_dataset(group: Any, path: str, shape: tuple[int, ...]) -> Array:
    """Read one dataset by HDF5's own calls: there are some 40 in a case, and h5py's objects cost more than the data."""
    dataset = h5py.h5d.open(group.id, path.encode())
    if dataset.shape != shape:
        raise FixtureError(f"{path} has shape {dataset.shape}, and {shape} by its case's meta")
    array = np.empty(shape, "<i8" if dataset.get_type().get_class() == h5py.h5t.INTEGER else "<f8")
    if array.size:
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
    return array


def _read_case(group: Any, verified: bool) -> Case:
    meta = json.loads(group["meta"][()].tobytes())
    layer, dtype, name = meta["id"].split("/")
    found: dict[str, dict[str, Any]] = {"inputs": {}, "cotangents": {}, "outputs": {}, "gradients": {}}
    for path, shape in meta["shapes"].items():
        kind, tensor, *part = path.split("/")
        array = _read_dataset(group, path, tuple(shape))
        if part:
            found[kind].setdefault(tensor, {})[part[0]] = array
        else:
            found[kind][tensor] = array if array.dtype.kind == "i" else array.astype(dtype)
    case = Case(
        layer,
        dtype,
        name,
        meta["why"],
        meta["attributes"],
        tuple(meta["clauses"]),
        tuple(meta["tags"]),
        found["inputs"],
        found["cotangents"],
        {k: Interval(**v) for k, v in found["outputs"].items()},
        {k: Interval(**v) for k, v in found["gradients"].items()},
    )
    if verified and case.digest != meta["digest"]:
        raise FixtureError(f"{meta['id']} does not match its digest; restore or regenerate the fixtures")
    return case


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(files: Iterable[Path], cases: Iterable[Case], refusals: Path) -> dict[str, Any]:
    """Return the manifest of fixture `files` that hold `cases`, and of a file of `refusals`."""
    digests = {case.id: case.digest for case in cases}
    return {
        "format": "gradspec-manifest",
        "format_version": FORMAT_VERSION,
        "spec_version": SPEC_VERSION,
        "files": {path.name: sha256(path) for path in files},
        "count": len(digests),
        "cases": digests,
        "refusals": {"count": len(json.loads(refusals.read_text())), "sha256": sha256(refusals)},
    }


def read_manifest(directory: Path) -> dict[str, Any]:
    """Return the manifest of a directory of fixtures; raise `FixtureError` if there is none that can be used."""
    path = directory / "manifest.json"
    try:
        document: dict[str, Any] = json.loads(path.read_text())
        faults = list(validator("manifest").iter_errors(document))
    except (OSError, ValueError, RecursionError) as error:
        raise FixtureError(f"{path} cannot be read: {error}") from None
    if faults:
        raise FixtureError(f"{path} is no manifest: {faults[0].message}")
    if document["spec_version"] != SPEC_VERSION:
        raise FixtureError(f"{path} is of spec {document['spec_version']}, this tool of {SPEC_VERSION}")
    if document["count"] != len(document["cases"]):
        raise FixtureError(f"{path} counts {document['count']} cases and lists {len(document['cases'])}")
    return document
