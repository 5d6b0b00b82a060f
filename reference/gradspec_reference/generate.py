"""From cases to fixtures: ask every question, prove every answer, write what was proven."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from gradspec.corpus import files, fixture
from gradspec.corpus import hdf5_profile as profile
from gradspec.corpus.case import FLUSH, Case, Interval
from gradspec.corpus.coverage import below_floor
from gradspec.corpus.spec import layers as spec_layers
from gradspec.corpus.wrong_answers import WrongAnswer
from gradspec.corpus.wrong_answers import read_case as read_wrong_answers

from .cases import CASES, questions
from .cases.question import Question
from .numbers.formats import FORMATS
from .prove import UnprovenError, flushed, prove, request_of
from .rejections import refusals
from .wrong_answers import Progress, quiet, wrong_answers

REFUSALS = "refusals.json"


def prove_case(layer: str, dtype: str, case: Question) -> Case:
    """Return `case` with its proven intervals; raise `UnprovenError` if it breaks the spec or has no proof."""
    request = request_of(layer, dtype, case)
    try:
        spec_layers()[layer].check(dtype, request.attributes, request.inputs, request.cotangents, request.gradients)
        proven = prove(request)
        under_profile = flushed(request, proven)
    except ValueError as error:
        raise UnprovenError(f"{layer}/{dtype}/{case.name}: {error}") from error
    outputs, gradients = under_profile or proven
    return Case(
        layer=layer,
        dtype=dtype,
        name=case.name,
        why=case.why,
        attributes=case.attributes,
        clauses=case.clauses,
        tags=(*case.tags, *_underflow(dtype, case, {**outputs, **gradients})),
        inputs=case.inputs,
        cotangents=case.cotangents,
        outputs=outputs,
        gradients=gradients,
        unproven=() if under_profile else (FLUSH,),
    )


def _underflow(dtype: str, case: Question, answers: Mapping[str, Interval]) -> tuple[str, ...]:
    """Return the tag of a case in which only the answers are subnormal; flush-to-zero fails there as well."""
    smallest = 2.0 ** FORMATS[dtype].smallest_normal
    subnormal = any(((i.value != 0) & (abs(i.value) < smallest)).any() for i in answers.values())
    return ("underflow",) if subnormal and "subnormal" not in case.tags else ()


def prove_layer(layer: str, progress: Progress = quiet) -> list[Case]:
    """Return every case of a layer, in every dtype, proven."""
    proven = []
    for dtype, form in FORMATS.items():
        for case in questions(layer, form):
            progress(f"{layer}/{dtype}/{case.name}")
            proven.append(prove_case(layer, dtype, case))
    if low := below_floor(proven):
        raise UnprovenError(f"{low[0]}; add a case to cases/{layer}.py")
    return proven


def generate(directory: Path, names: Iterable[str], progress: Progress = quiet) -> dict[str, object]:
    """Write the fixtures of the layers `names` into `directory`, and a manifest of all that it then holds.

    Nothing is written before every case has been proven, and every known mistake found wrong.
    """
    proven = {name: prove_layer(name, progress) for name in names}
    wrong = {name: wrong_answers(name, cases, progress) for name, cases in proven.items()}
    for name, cases in proven.items():
        fixture.write(directory / f"{name}.h5", name, cases, wrong[name])
    files.write(directory / REFUSALS, _a_line_each(refusals()).encode())
    paths = [path for name in CASES if (path := directory / f"{name}.h5").is_file()]
    manifest = fixture.manifest(paths, (case for path in paths for case in fixture.read(path)), directory / REFUSALS)
    files.write(directory / "manifest.json", (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    return manifest


def _a_line_each(entries: Iterable[object]) -> str:
    return "[\n" + ",\n".join(json.dumps(e, sort_keys=True, separators=(",", ":")) for e in entries) + "\n]\n"


def verify(directory: Path, names: Iterable[str], progress: Progress = quiet) -> tuple[int, list[str]]:
    """Prove every case of the layers `names` again; return how many were compared, and each difference in a line."""
    recorded = fixture.read_manifest(directory)
    count, differences = 0, []
    path = directory / REFUSALS
    if files.document(path, "refusals") != refusals():
        differences.append(f"{REFUSALS} differs")
    for name in names:
        path = directory / f"{name}.h5"
        content = files.content(path)
        if hashlib.sha256(content).hexdigest() != recorded["files"].get(path.name):
            differences.append(f"{path.name}: the file's SHA-256 is not the manifest's")
        stored = {case.id: case for case in fixture.read(path, verified=False, content=content)}
        proven = {case.id: case for case in prove_layer(name, progress)}
        wrong = wrong_answers(name, list(proven.values()), progress)
        count += len(proven)
        differences += [f"{i}: only in the fixtures" for i in sorted(stored.keys() - proven.keys())]
        differences += [f"{i}: missing from the fixtures" for i in sorted(proven.keys() - stored.keys())]
        file = profile.opened(content)
        told = {i: list(read_wrong_answers(file, f"{case.dtype}/{case.name}")) for i, case in stored.items()}
        for i in sorted(stored.keys() & proven.keys()):
            differences += [f"{i}: {what}" for what in _compare_mistakes(told[i], wrong.get(i, []))]
            differences += [f"{i}: {what}" for what in _compare(stored[i], proven[i])]
            if recorded["cases"].get(i) != proven[i].digest:
                differences.append(f"{i}: the digest is not the manifest's")
    return count, differences


def _compare_mistakes(stored: list[WrongAnswer], found: list[WrongAnswer]) -> list[str]:
    before, now = ({m.name: m for m in mistakes} for mistakes in (stored, found))
    differing = {name for name in before.keys() | now.keys() if name not in before or name not in now}
    for name in before.keys() & now.keys():
        a, b = before[name], now[name]
        if a.metadata() != b.metadata() or any(t.tobytes() != b.tensors[p].tobytes() for p, t in a.tensors.items()):
            differing.add(name)
    return [f"mistakes/{name} differs" for name in sorted(differing)]


def _compare(stored: Case, proven: Case) -> list[str]:
    if stored.metadata() != proven.metadata():
        return ["what it says of itself differs"]
    before, now = stored.datasets(), proven.datasets()
    return [f"{path} differs" for path in before if before[path].tobytes() != now[path].tobytes()]
