"""``gradspec explain``: what is wrong with tensors that somebody computed for one case."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click
import numpy as np

from ..corpus.case import Case
from ..corpus.command import Impossible
from ..corpus.files import FixtureError
from ..corpus.hdf5_profile import Array
from ..corpus.location import FIXTURES
from ..corpus.user_arrays import read_user_array
from ..diagnosis.account import account
from ..diagnosis.explanation import Failure
from ..report import narrative as narrate
from ..report import terminal
from ..verdict.judge import Expectation
from .output import Output
from .selection import case_of


@click.command("explain")
@click.option(
    "--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Use the fixtures in this directory."
)
@click.option("--tensor", "path", metavar="PATH", help="Name the tensor in FILE, such as gradients/w.")
@click.argument("case_id", metavar="CASE-ID")
@click.argument("file", type=click.Path(path_type=Path))
def explain_command(fixtures: Path, path: str | None, case_id: str, file: Path) -> None:
    """Judge the tensors in FILE as an answer to a case, and say what went wrong.

    FILE is a .npy with one tensor, or an HDF5 file with datasets such as outputs/y and gradients/w.
    """
    case = case_of(fixtures, case_id)
    try:
        tensors = named(case, read_user_array(file), path, file)
    except FixtureError as error:
        raise Impossible(str(error)) from None
    console = Output()
    intervals = {key: case.interval(key) for key in tensors}
    judgement = Expectation(intervals, case.dtype, bitwise=case.bitwise).judge(tensors)
    console.print(f"{case.id}: {case.why}", highlight=False, markup=False, soft_wrap=True)
    for key in sorted(tensors.keys() - {finding.tensor for finding in judgement.findings}):
        console.print(f"  {key}: passes", highlight=False)
    terminal.show_findings(judgement.findings, console)
    if judgement.findings:
        failed = frozenset(finding.tensor for finding in judgement.findings)
        narrate.show(account({case.id: Failure(case, tensors, failed)}, [case], fixtures), console)
        sys.exit(1)


def named(case: Case, arrays: Mapping[str, Array], path: str | None, file: Path) -> dict[str, Array]:
    """Return the arrays of a user's file by the paths of the case's tensors, float64.

    An array goes by its path, or by its name where only one tensor has it, or, alone in its file, by its shape.
    """
    intervals = case.intervals()
    if path is not None and path not in intervals:
        raise Impossible(f"{case.id} has no tensor {path}; it has {', '.join(intervals)}")
    if len(arrays) == 1 and path is None and not set(arrays) & _known(case).keys():
        (array,) = arrays.values()
        fitting = [key for key, i in intervals.items() if i.value.shape == array.shape]
        if len(fitting) != 1:
            shapes = ", ".join(f"{key} {i.value.shape}" for key, i in intervals.items())
            if not fitting:
                raise Impossible(f"{file} has shape {array.shape}, which no tensor of the case has: {shapes}")
            raise Impossible(f"{file} has shape {array.shape}: name its tensor with --tensor; the case has {shapes}")
        path = fitting[0]
    if path is not None:
        if len(arrays) != 1:
            raise Impossible(f"--tensor names one tensor, and {file} holds {', '.join(arrays)}")
        arrays = {path: next(iter(arrays.values()))}
    found = {}
    for name, array in arrays.items():
        key = _known(case).get(name)
        if key is None:
            raise Impossible(f"{file} holds {name}, which {case.id} does not; it has {', '.join(intervals)}")
        if array.shape != intervals[key].value.shape:
            raise Impossible(f"{key} must have shape {intervals[key].value.shape}, got {array.shape} in {file}")
        if key in found:
            raise Impossible(f"{file} holds {key} twice, by its path and by its name")
        found[key] = np.asarray(array, dtype=np.float64)
    return found


def _known(case: Case) -> dict[str, str]:
    """Return the paths of a case's tensors by every name that means one of them alone."""
    paths = list(case.intervals())
    names = [path.split("/")[1] for path in paths]
    alone = {name: path for name, path in zip(names, paths, strict=True) if names.count(name) == 1}
    return alone | {path: path for path in paths}
