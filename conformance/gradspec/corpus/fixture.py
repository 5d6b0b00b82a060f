"""Write and read the HDF5 fixture format; nothing else does.

Source: ``spec/fixtures.md``. The profile is narrow so that any language's reader can take it, and so that any
version of h5py writes the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from . import SPEC_VERSION, contract, files, interrupts, wrong_answers
from . import hdf5_profile as profile
from .case import DTYPES, Case, Interval, canonical_json
from .files import FixtureError
from .manifest import read_manifest as read_manifest
from .text import quote
from .wrong_answers import WrongAnswer

FORMAT_VERSION = 1


def write(path: Path, layer: str, cases: Iterable[Case], mistakes: Mapping[str, Iterable[WrongAnswer]] = {}) -> None:
    """Write a fixture file, to a temporary name first, with `mistakes` by case id; equal cases give equal bytes."""
    with (
        interrupts.deferred(),
        files.replacing(path) as temporary,
        h5py.File(temporary, "w", libver=("earliest", "v108")) as file,
    ):
        _attributes(file, {"format": "gradspec", "format_version": FORMAT_VERSION, "layer": layer})
        _attributes(file, {"spec_version": SPEC_VERSION})
        for case in sorted(cases, key=lambda c: c.id):
            group = file.require_group(case.dtype).create_group(case.name)
            _write_case(group, case, list(mistakes.get(case.id, ())))


def _write_case(group: Any, case: Case, mistakes: list[WrongAnswer]) -> None:
    meta = case.metadata() | {"digest": case.digest}
    _attributes(group, _texts(meta))
    if mistakes:
        meta["mistakes"] = {mistake.name: mistake.metadata() for mistake in mistakes}
        wrong_answers.write(group, mistakes)
    for path, array in case.datasets().items():
        dataset = group.create_dataset(path, data=array, track_times=False)
        dataset.attrs["shape"] = np.array(array.shape, dtype="<i8")
    group.create_dataset("meta", data=np.frombuffer(canonical_json(meta), dtype=np.uint8), track_times=False)


def _texts(meta: Mapping[str, Any]) -> dict[str, str]:
    return {
        k: v if isinstance(v, str) else canonical_json(v).decode()
        for k, v in meta.items()
        if k not in ("mistakes", "shapes")
    }


def _attributes(target: Any, values: Mapping[str, Any]) -> None:
    for key, value in sorted(values.items()):
        target.attrs[key] = np.bytes_(value) if isinstance(value, str) else np.int64(value)


def read(
    path: Path, verified: bool = True, content: bytes | None = None, wanted: Collection[str] | None = None
) -> Iterator[Case]:
    """Yield the cases of a fixture file, or of its `content`, in the order of their ids: the `wanted` ids, or all.

    `verified` compares each with its digest, and its values with their intervals.

    Raises
    ------
    FixtureError
        The file is missing, is not HDF5, or breaks a rule of ``spec/fixtures.md``; nothing in it was used.
    """
    try:
        file = profile.opened(files.content(path) if content is None else content)
        root: dict[str, str | int] = {"format": "gradspec", "format_version": FORMAT_VERSION, "layer": path.stem}
        profile.require_attributes(file, "/", root | {"spec_version": SPEC_VERSION})
        groups = _groups(file.addresses)
        if not groups:
            raise FixtureError("it has no cases [FX-12]")
        for (dtype, name), paths in groups.items():
            if wanted is not None and f"{path.stem}/{dtype}/{name}" not in wanted:
                continue
            try:
                yield _read_case(file, (path.stem, dtype, name), paths, verified)
            except (FixtureError, *profile.LIBRARY_ERRORS) as error:
                raise FixtureError(f"{dtype}/{name}: {error}") from None
    except profile.LIBRARY_ERRORS as error:
        raise FixtureError(f"{path} cannot be read: {quote(str(error))}") from error
    except FixtureError as error:
        raise FixtureError(f"{path}: {error}") from None


def _groups(paths: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Return the paths within each case, by dtype and name."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted(paths):
        dtype, _, below = path.partition("/")
        if dtype not in DTYPES:
            raise FixtureError(f"{quote(path)} is not below {' or '.join(DTYPES)} [FX-12]")
        if below:
            name, _, inside = below.partition("/")
            within = found.setdefault((dtype, name), [])
            if inside:
                within.append(inside)
    return found


def _read_case(file: profile.File, names: tuple[str, str, str], paths: list[str], verified: bool) -> Case:
    layer, dtype, name = names
    group = f"{dtype}/{name}"
    meta = files.document(Path("meta"), "meta", profile.tensor(file, group, "meta", profile.TEXT).tobytes())
    contract.require_meta(meta, "/".join(names))
    profile.require_paths(paths, ["meta", *meta["shapes"], *wrong_answers.paths(meta)])
    profile.require_attributes(file, group, _texts(meta))
    found: dict[str, dict[str, Any]] = {"inputs": {}, "cotangents": {}, "outputs": {}, "gradients": {}}
    for path, shape in meta["shapes"].items():
        kind, tensor, *below = path.split("/")
        part = "/".join(below)
        array = profile.tensor(file, group, path, profile.FLOAT if part else profile.TENSOR)
        if array.shape != tuple(shape):
            raise FixtureError(f"{path} has shape {array.shape}, and {tuple(shape)} by its case's meta [FX-15]")
        if part:
            found[kind].setdefault(tensor, {})[part] = array
        else:
            with np.errstate(over="ignore"):  # the digest finds a float32 that is none
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
        {k: Interval.of_parts(v) for k, v in found["outputs"].items()},
        {k: Interval.of_parts(v) for k, v in found["gradients"].items()},
        tuple(meta.get("unproven", ())),
    )
    contract.require_contract(case)
    if verified and case.digest != meta["digest"]:
        raise FixtureError(f"{case.id} does not match its digest [FX-5]; restore or regenerate the fixtures")
    if verified:
        contract.require_intervals(case)
    return case


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(files.content(path)).hexdigest()


def manifest(paths: Iterable[Path], cases: Iterable[Case], refusals: Path) -> dict[str, Any]:
    """Return the manifest of the fixture files at `paths` that hold `cases`, and of a file of `refusals`."""
    found = list(cases)
    digests = {case.id: case.digest for case in found}
    return {
        "format": "gradspec-manifest",
        "format_version": FORMAT_VERSION,
        "spec_version": SPEC_VERSION,
        "files": {path.name: sha256(path) for path in paths},
        "count": len(digests),
        "cases": digests,
        "reasons": {case.id: {"why": case.why, "tags": list(case.tags)} for case in found},
        "refusals": {
            "count": len(json.loads(files.content(refusals, files.LARGEST_DOCUMENT))),
            "sha256": sha256(refusals),
        },
    }
