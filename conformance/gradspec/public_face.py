"""What a Python program uses: the cases, the judgement of arrays, the check of a candidate."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .corpus.case import Case
from .corpus.location import FIXTURES
from .corpus.manifest import read_manifest, why_partial
from .corpus.selection import Selection
from .diagnosis.account import account
from .transport.jobs import Jobs
from .verdict import check as verdict_check
from .verdict import rejections
from .verdict.judge import Expectation, Judgement
from .verdict.run import Run


def cases(
    *,
    layer: str | Iterable[str] = (),
    dtype: str | Iterable[str] = (),
    case: str | Iterable[str] = (),
    tag: str | Iterable[str] = (),
    fixtures: Path | str = FIXTURES,
) -> list[Case]:
    """Return the cases that every filter accepts, ``identity`` first.

    A filter is one name or several alternatives; `case` takes globs of case ids, such as ``relu/*/kink*``. A case has
    `inputs`, `cotangents` and `attributes` by name, and for each of `outputs` and `gradients` an `Interval`: `value`,
    `lo` and `hi`, float64, of the tensor's shape.

    Raises
    ------
    ValueError
        The fixtures have no such layer, dtype or tag.
    FixtureError
        The fixtures cannot be used.
    """
    return _selection(layer, dtype, case, tag).cases(Path(fixtures))


def judge(
    case: Case, *, outputs: Mapping[str, npt.ArrayLike] = {}, gradients: Mapping[str, npt.ArrayLike] = {}
) -> Judgement:
    """Apply the pass rule to arrays that answer `case`, by name; an array that is not given is not judged.

    Each array has the dtype of the case and the shape of its interval. `gradients` are those of the sum of cotangent
    times output, by the name of the input.

    Raises
    ------
    ValueError
        Nothing is given, the case has no such output or gradient, or an array has another dtype or shape.
    """
    given = {f"outputs/{k}": np.asarray(v) for k, v in outputs.items()}
    given |= {f"gradients/{k}": np.asarray(v) for k, v in gradients.items()}
    intervals = case.intervals()
    if not given:
        raise ValueError(f"{case.id}: nothing is given to judge; it has {', '.join(intervals)}")
    for path, array in given.items():
        if path not in intervals:
            raise ValueError(f"{case.id} has no {path}; it has {', '.join(intervals)}")
        wanted = intervals[path].value.shape
        if array.dtype != case.dtype or array.shape != wanted:
            raise ValueError(f"{case.id}: {path} must be {case.dtype} {wanted}, got {array.dtype} {array.shape}")
    return Expectation({path: intervals[path] for path in given}, case.dtype, bitwise=case.bitwise).judge(given)


def check(
    command: Sequence[str],
    *,
    layer: str | Iterable[str] = (),
    dtype: str | Iterable[str] = (),
    case: str | Iterable[str] = (),
    tag: str | Iterable[str] = (),
    fixtures: Path | str = FIXTURES,
    timeout: float = 10.0,
    jobs: int = 1,
    seed: int | None = None,
    keep_going: bool = False,
) -> Run:
    """Run `command` as the candidate and check every case that it declares and the filters of `cases` accept.

    `timeout` limits each request, in seconds. The run's `exit_code` is that of ``gradspec check``: 0 if everything
    passed, 1 if something failed, 2 if no case was run. `failed` maps ids to verdicts, `results` has every answer,
    `explanations` maps ids to what went wrong.

    Raises
    ------
    ValueError
        `command` is a string or empty, or the fixtures have no such layer, dtype or tag.
    CandidateError
        The candidate does not start, or does not greet.
    FixtureError
        The fixtures cannot be used.
    """
    if isinstance(command, str) or not command:
        raise ValueError(f"command must be a list of words, such as ['python', 'mine.py'], got {command!r}")
    directory, chosen = Path(fixtures), _selection(layer, dtype, case, tag)
    selected, ids = chosen.cases(directory), read_manifest(directory)["cases"]
    forbidden = rejections.load(directory)
    asked = rejections.selected(forbidden, chosen)
    run = Run(total=len(ids), seed=secrets.randbelow(1 << 31) if seed is None else seed)
    filtered = len(selected) < len(ids) or len(asked) < len(forbidden)
    run.partial = "the run was filtered" if filtered else why_partial(directory)
    run.skipped = dict.fromkeys(ids.keys() - {c.id for c in selected}, "filtered out")
    candidate = Jobs(command, timeout, jobs)
    try:
        verdict_check.check(run, candidate, selected, asked, keep_going)
    finally:
        candidate.close()
    run.accounts = account(run.wrong_answers(), run.asked, directory, run.failed)
    return run


def _selection(*filters: str | Iterable[str]) -> Selection:
    return Selection(*((given,) if isinstance(given, str) else tuple(given) for given in filters))
