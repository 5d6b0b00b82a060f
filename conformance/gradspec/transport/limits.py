"""Decide when the harness stops asking: a candidate costs a bounded number of time limits and of processes.

Source: spec/protocol.md, PR-H6.
"""

from __future__ import annotations

from collections import defaultdict

from .session import Question

CASES_IN_A_ROW = 3  # of one layer, that ran into the time limit
BREAKS_IN_A_ROW = 24  # requests of one layer that ended the conversation
TIMEOUTS = 20  # of one process and those that followed it, over a whole run
BREAKS = 200  # conversations that ended early, likewise


class GivingUp:
    """Give up a case that hung, a layer that hangs or breaks off several times in a row, and at last the whole run."""

    def __init__(self) -> None:
        self._timeouts = self._breaks = 0
        self._hung: set[str] = set()
        self._hung_in_a_row: dict[str, set[str]] = defaultdict(set)
        self._broke_in_a_row: dict[str, set[int]] = defaultdict(set)

    def broken(self, fault: str) -> None:
        """Note that a conversation ended early."""
        self._breaks += 1
        self._timeouts += fault == "timeout"

    def hung(self, question: Question) -> None:
        """Note that a question got no reply within the limit."""
        self._hung.add(question.case)
        self._hung_in_a_row[_layer(question)].add(question.case)

    def broke(self, question: Question) -> None:
        """Note that a question ended the conversation."""
        self._broke_in_a_row[_layer(question)].add(question.id)
        self._not_hung(question)

    def answered(self, question: Question) -> None:
        """Note that a question was answered, rightly or wrongly."""
        row = self._broke_in_a_row[_layer(question)]
        if question.id not in row and len(row) < BREAKS_IN_A_ROW:
            row.clear()
        self._not_hung(question)

    def _not_hung(self, question: Question) -> None:
        row = self._hung_in_a_row[_layer(question)]
        if question.case not in row and len(row) < CASES_IN_A_ROW:
            row.clear()

    def lost(self, question: Question) -> str:
        """Say why a question is not worth asking; empty if it is."""
        layer = _layer(question)
        if self._timeouts >= TIMEOUTS:
            return f"the candidate ran into the time limit {TIMEOUTS} times"
        if self._breaks >= BREAKS:
            return f"the candidate's process broke off {BREAKS} times"
        if question.case and question.case in self._hung:
            return "its case ran into the time limit before"
        if question.case and len(self._hung_in_a_row[layer]) >= CASES_IN_A_ROW:
            return f"{CASES_IN_A_ROW} cases of {layer} in a row ran into the time limit"
        if question.case and len(self._broke_in_a_row[layer]) >= BREAKS_IN_A_ROW:
            return f"{BREAKS_IN_A_ROW} requests of {layer} in a row broke the process off"
        return ""


def _layer(question: Question) -> str:
    return question.case.partition("/")[0]
