"""When the harness stops waiting, so that a candidate that hangs everywhere costs a bounded number of time limits.

Source: spec/protocol.md, PR-H6.
"""

from __future__ import annotations

from collections import defaultdict

from .session import Question

CASES_IN_A_ROW = 3


class Patience:
    """Gives up a case once it has run into the time limit, and a layer once three of its cases in a row have."""

    def __init__(self) -> None:
        self._hung: set[str] = set()
        self._row: dict[str, set[str]] = defaultdict(set)

    def hung(self, question: Question) -> None:
        """Note that a question got no reply within the limit."""
        self._hung.add(question.case)
        self._row[_layer(question)].add(question.case)

    def answered(self, question: Question) -> None:
        """Note that something else came of a question."""
        row = self._row[_layer(question)]
        if question.case not in row and len(row) < CASES_IN_A_ROW:
            row.clear()

    def lost(self, question: Question) -> str:
        """Say why a question is not worth asking; empty if it is."""
        if not question.case:
            return ""
        if question.case in self._hung:
            return "its case ran into the time limit before"
        if len(self._row[_layer(question)]) >= CASES_IN_A_ROW:
            return f"{CASES_IN_A_ROW} cases of {_layer(question)} in a row ran into the time limit"
        return ""


def _layer(question: Question) -> str:
    return question.case.partition("/")[0]
