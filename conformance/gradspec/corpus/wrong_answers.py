"""Write and read the known wrong answers in the fixtures; nothing else does.

Source: ``spec/fixtures.md``, FX-17 and FX-18.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from . import files, interrupts
from . import hdf5_profile as profile
from .files import FixtureError
from .text import quote

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class WrongAnswer:
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


def write(group: Any, mistakes: Iterable[WrongAnswer]) -> None:
    """Write `mistakes` below the group of their case, in the order of their names."""
    for mistake in sorted(mistakes, key=lambda m: m.name):
        own = group.create_group(f"mistakes/{mistake.name}")
        for key in ("clauses", "remedy", "what"):
            value = getattr(mistake, key)
            own.attrs[key] = np.bytes_(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))
        for path, array in sorted(mistake.tensors.items()):
            dataset = own.create_dataset(path, data=array.astype("<f8"), track_times=False)
            dataset.attrs["shape"] = np.array(array.shape, dtype="<i8")


def paths(meta: Mapping[str, Any]) -> list[str]:
    """Return the paths of the mistakes' tensors within a case whose `meta` this is."""
    return [f"mistakes/{name}/{path}" for name, said in meta.get("mistakes", {}).items() for path in said["shapes"]]


def read(
    directory: Path, cases: Iterable[tuple[str, str, str]], failed: Mapping[str, Collection[str]] | None = None
) -> dict[str, list[WrongAnswer]]:
    """Return the known mistakes of `cases`, given as layer, dtype and name, by case id.

    Tensors are read only of mistakes that could have `failed` these paths of the case: all of them by default.

    Raises
    ------
    FixtureError
        A file is not that of the manifest, which `gradspec.run.load` has found sound.
    """
    found: dict[str, list[WrongAnswer]] = {}
    by_layer: dict[str, list[tuple[str, str]]] = {}
    for layer, dtype, name in cases:
        by_layer.setdefault(layer, []).append((dtype, name))
    recorded = files.document(directory / "manifest.json", "manifest")["files"]
    for layer, wanted in by_layer.items():
        path = directory / f"{layer}.h5"
        try:
            content = files.content(path, sha256=recorded.get(path.name, "none"))
            with interrupts.deferred():
                file = profile.File(content, profile.image(content))
                for dtype, name in wanted:
                    case_id = f"{layer}/{dtype}/{name}"
                    asked = None if failed is None else failed.get(case_id, ())
                    found[case_id] = list(read_case(file, f"{dtype}/{name}", asked))
        except profile.LIBRARY_ERRORS as error:
            raise FixtureError(f"{path}: {quote(str(error))}") from None
    return found


def read_case(file: profile.File, case: str, failed: Collection[str] | None = None) -> Iterator[WrongAnswer]:
    """Yield the known mistakes of the case at this path, with their tensors as far as they are in `failed`."""
    meta = orjson.loads(profile.tensor(file, case, "meta", profile.TEXT).tobytes())
    for name, said in meta.get("mistakes", {}).items():
        tensors = {
            path: profile.tensor(file, case, f"mistakes/{name}/{path}", profile.FLOAT)
            for path in said["shapes"]
            if failed is None or path in failed
        }
        if any(list(tensor.shape) != said["shapes"][path] for path, tensor in tensors.items()):
            raise FixtureError(f"{case}/mistakes/{name} has not the shapes of its case's meta [FX-15]")
        yield WrongAnswer(
            name, said["what"], said["remedy"], tuple(said["clauses"]), frozenset(said["shapes"]), tensors
        )
