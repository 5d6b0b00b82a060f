"""gradspec: check a neural-network layer's outputs and gradients against proven intervals.

``cases`` returns questions with their proven answers, ``judge`` checks arrays, ``check`` runs a candidate in any
language. They are imported when they are first used.

For example, with NumPy as ``np``:

    import gradspec

    for case in gradspec.cases(layer="relu", dtype="float64"):
        judgement = gradspec.judge(case, outputs={"y": np.maximum(case.inputs["x"], 0)})
        print(case.id, judgement.passed)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .corpus import SPEC_VERSION

if TYPE_CHECKING:
    from .corpus.case import Case, Interval
    from .corpus.files import FixtureError
    from .public_face import cases, check, judge
    from .transport.supervisor import CandidateError
    from .verdict.judge import Finding, Judgement
    from .verdict.run import Run

    __version__: str

_HOMES = {
    "Case": "corpus.case",
    "Interval": "corpus.case",
    "FixtureError": "corpus.files",
    "CandidateError": "transport.supervisor",
    "Finding": "verdict.judge",
    "Judgement": "verdict.judge",
    "Run": "verdict.run",
    "cases": "public_face",
    "check": "public_face",
    "judge": "public_face",
}

__all__ = [
    "SPEC_VERSION",
    "CandidateError",
    "Case",
    "Finding",
    "FixtureError",
    "Interval",
    "Judgement",
    "Run",
    "__version__",
    "cases",
    "check",
    "judge",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module(".report.summary", __name__).tool_version()
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
