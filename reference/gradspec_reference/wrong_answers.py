"""What every known mistake comes to on the cases of its layer: the wrong answers of the fixtures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import flint
import numpy as np

from gradspec.corpus.case import Case
from gradspec.corpus.wrong_answers import WrongAnswer

from .evaluate import Request, evaluate
from .mistakes import MISTAKES
from .mistakes.mistake import Mistake
from .numbers.formats import FORMATS
from .numbers.operations import Array
from .numbers.portable import Portable

PRECISION = 256  # of exp and log before they are rounded
NOISE = 16  # roundings of numbers near 1
SHOWN = 2  # cases of each dtype that hold a mistake: the first on which it shows


Progress = Callable[[str], None]


def quiet(_: str) -> None:
    """Report no progress."""


class CatalogueError(ValueError):
    """A mistake of the catalogue shows where it says that it does not, or shows nowhere."""


def request_of(case: Case) -> Request:
    """Return the request that a proven case was made from."""
    return Request(case.layer, case.dtype, case.attributes, case.inputs, case.cotangents, tuple(case.gradients))


def answer(case: Case, number: Callable[[float], object] | None = None) -> dict[str, Array]:
    """Return by path what the reference, as it is now, makes of a case; float64, computed in `number`."""
    with np.errstate(all="ignore"):
        outputs, gradients = evaluate(request_of(case), number)
    tensors = {f"outputs/{k}": v for k, v in outputs.items()} | {f"gradients/{k}": v for k, v in gradients.items()}
    return {path: tensor.astype(case.dtype).astype(np.float64) for path, tensor in tensors.items()}


def failing(case: Case, tensors: Mapping[str, Array]) -> list[str]:
    """Return the paths of the tensors that do not pass."""
    return [path for path, i in case.intervals().items() if not i.passes(tensors[path], case.bitwise).all()]


def wrong_tensors(mistake: Mistake, case: Case) -> dict[str, Array]:
    """Return by path the tensors that a mistake puts outside their intervals, the same on every machine."""
    with mistake.made(), flint.ctx.workprec(PRECISION):
        tensors = answer(case, partial(Portable.of, case.dtype))
    return {path: tensors[path] for path in failing(case, tensors)}


def is_noise(case: Case, tensors: Mapping[str, Array]) -> bool:
    """Tell whether wrong answers differ from exact zeros alone, by roundings that no two implementations share."""
    u = 2.0 ** -FORMATS[case.dtype].precision
    exact = (case.interval(path).value == 0 for path in tensors)
    return not case.bitwise and all(
        zero.all() and (np.abs(t) <= NOISE * u).all() for zero, t in zip(exact, tensors.values(), strict=True)
    )


def wrong_answers(layer: str, cases: Sequence[Case], progress: Progress = quiet) -> dict[str, list[WrongAnswer]]:
    """Return the known wrong answers to the proven `cases` of a layer, by case id.

    Raises
    ------
    MistakeRefusedError
        A mistake shows on no case of a dtype in which it has to, or on one of a dtype in which it must not.
    """
    found: dict[str, list[WrongAnswer]] = {}
    for mistake in MISTAKES[layer]:
        progress(f"{layer}: {mistake.name}")
        for dtype in dict.fromkeys(case.dtype for case in cases):
            shown = 0
            for case in cases:
                if case.dtype != dtype or shown == SHOWN:
                    continue
                tensors = wrong_tensors(mistake, case)
                if tensors and not is_noise(case, tensors):
                    shown += 1
                    found.setdefault(case.id, []).append(told(mistake, tensors))
            if (shown > 0) != (dtype in mistake.dtypes):
                where = "shows on no case" if not shown else "shows, although the catalogue says that it does not"
                raise CatalogueError(f"{layer}/{mistake.name} {where} of {dtype}; add a case, or correct its dtypes")
    return found


def told(mistake: Mistake, tensors: Mapping[str, Array]) -> WrongAnswer:
    """Return a mistake as the fixtures tell it, its clauses cited in both sentences."""
    cited = ", ".join(mistake.clauses)
    what, remedy = (f"{sentence} [{cited}]." for sentence in (mistake.what, mistake.remedy))
    return WrongAnswer(mistake.name, what, remedy, mistake.clauses, frozenset(tensors), tensors)
