"""From cases to fixtures: ask every question, prove every answer, write what was proven."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from gradspec_conformance import fixture
from gradspec_conformance.spec import layers as spec_layers

from .cases import CASES
from .draw import Case
from .evaluate import CaseRefusedError, Request, prove
from .formats import FORMATS

Progress = Callable[[str], None]


def quiet(_: str) -> None:
    """Report no progress."""


def request_of(layer: str, dtype: str, case: Case) -> Request:
    """Return the request that puts `case` to a layer."""
    gradients = tuple(spec_layers()[layer].differentiable) if case.gradients else ()
    return Request(layer, dtype, case.attributes, case.inputs, case.cotangents, gradients)


def prove_case(layer: str, dtype: str, case: Case) -> fixture.Case:
    """Return `case` with its proven intervals; raise `CaseRefusedError` if it breaks the spec or has no proof."""
    request = request_of(layer, dtype, case)
    try:
        spec_layers()[layer].check(dtype, request.attributes, request.inputs, request.cotangents, request.gradients)
        outputs, gradients = prove(request)
    except ValueError as error:
        raise CaseRefusedError(f"{layer}/{dtype}/{case.name}: {error}") from error
    return fixture.Case(
        layer=layer,
        dtype=dtype,
        name=case.name,
        why=case.why,
        attributes=case.attributes,
        clauses=case.clauses,
        tags=case.tags,
        inputs=case.inputs,
        cotangents=case.cotangents,
        outputs=outputs,
        gradients=gradients,
    )


def prove_layer(layer: str, progress: Progress = quiet) -> list[fixture.Case]:
    """Return every case of a layer, in every dtype, proven."""
    proven = []
    for dtype, form in FORMATS.items():
        for case in CASES[layer].cases(form):
            progress(f"{layer}/{dtype}/{case.name}")
            proven.append(prove_case(layer, dtype, case))
    return proven


def generate(directory: Path, names: Iterable[str], progress: Progress = quiet) -> dict[str, object]:
    """Write the fixtures of the layers `names` into `directory`, and a manifest of all that it then holds."""
    for name in names:
        fixture.write(directory / f"{name}.h5", name, prove_layer(name, progress))
    files = {name: path for name in CASES if (path := directory / f"{name}.h5").is_file()}
    manifest = fixture.manifest(files, (case for path in files.values() for case in fixture.read(path)))
    temporary = directory / ".manifest.json.new"
    temporary.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    os.replace(temporary, directory / "manifest.json")
    return manifest
