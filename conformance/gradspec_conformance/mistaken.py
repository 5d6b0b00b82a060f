"""Known wrong answers in the fixtures: their one writer and their one reader.

Source: ``spec/fixtures.md``, FX-10 and FX-11.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import orjson

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Mistaken:
    """What one known mistake makes of a case: the tensors that it gets wrong, by path, as float64.

    `what` says in a sentence what was done, `remedy` what to do instead; `clauses` are the spec's labels for it.
    `paths` are those of all its tensors; what was not asked for is not among `tensors`.
    """

    name: str
    what: str
    remedy: str
    clauses: tuple[str, ...]
    paths: frozenset[str]
    tensors: Mapping[str, Array] = field(repr=False)

    def metadata(self) -> dict[str, Any]:
        """Return what the mistake says of itself, tensors' shapes included."""
        shapes = {path: list(array.shape) for path, array in sorted(self.tensors.items())}
        return {"what": self.what, "remedy": self.remedy, "clauses": list(self.clauses), "shapes": shapes}


def write(group: Any, mistakes: Iterable[Mistaken]) -> None:
    """Write `mistakes` below the group of their case, in the order of their names."""
    for mistake in sorted(mistakes, key=lambda m: m.name):
        own = group.create_group(f"mistakes/{mistake.name}")
        for key in ("clauses", "remedy", "what"):
            value = getattr(mistake, key)
            own.attrs[key] = np.bytes_(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))
        for path, array in sorted(mistake.tensors.items()):
            dataset = own.create_dataset(path, data=array.astype("<f8"), track_times=False)
            dataset.attrs["shape"] = np.array(array.shape, dtype="<i8")


def read(
    directory: Path, cases: Iterable[tuple[str, str, str]], failed: Mapping[str, Collection[str]] | None = None
) -> dict[str, list[Mistaken]]:
    """Return the known mistakes of `cases`, given as layer, dtype and name, by case id.

    Tensors are read only of mistakes that could have `failed` these paths of the case: all of them by default.
    The files must be those of the manifest, as `gradspec_conformance.run.load` makes sure.
    """
    found: dict[str, list[Mistaken]] = {}
    by_layer: dict[str, list[tuple[str, str]]] = {}
    for layer, dtype, name in cases:
        by_layer.setdefault(layer, []).append((dtype, name))
    for layer, wanted in by_layer.items():
        with h5py.File(directory / f"{layer}.h5", "r") as file:
            for dtype, name in wanted:
                case_id = f"{layer}/{dtype}/{name}"
                paths = None if failed is None else failed.get(case_id, ())
                found[case_id] = list(_read_case(h5py.h5g.open(file.id, f"{dtype}/{name}".encode()), paths))
    return found


def _read_case(group: Any, failed: Collection[str] | None) -> Iterator[Mistaken]:
    meta = h5py.h5d.open(group, b"meta")
    text = np.empty(meta.shape, "u1")
    meta.read(h5py.h5s.ALL, h5py.h5s.ALL, text)
    for name, said in orjson.loads(text.tobytes()).get("mistakes", {}).items():
        paths, tensors = frozenset(said["shapes"]), {}
        for path, shape in said["shapes"].items():
            if failed is None or path in failed:
                dataset = h5py.h5d.open(group, f"mistakes/{name}/{path}".encode())
                tensors[path] = np.empty(tuple(shape), "<f8")
                dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, tensors[path])
        yield Mistaken(name, said["what"], said["remedy"], tuple(said["clauses"]), paths, tensors)
