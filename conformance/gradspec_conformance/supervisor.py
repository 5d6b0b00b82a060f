"""A candidate over all its lives: asks every question once, restarts what broke, and blames the right question."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .process import CannotStartError
from .protocol import Message
from .session import IN_FLIGHT_REQUESTS, BrokenError, Question, Session

HOPELESS_STARTS = 3


class CandidateError(Exception):
    """There is no candidate to judge: it does not start, or says no hello."""


@dataclass(frozen=True)
class Fault:
    """What happened instead of a reply: timeout, crash, garbage or wrong_id, and what the process said last."""

    fault: str
    message: str
    stderr: str = ""


class Supervisor:
    """Speaks to a command, one process at a time."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self.command, self.seconds = list(command), seconds
        self._session: Session | None = None
        self.declared = self._alive().declared

    def _alive(self) -> Session:
        if self._session is None:
            try:
                self._session = Session(self.command, self.seconds)
            except (CannotStartError, BrokenError) as error:
                raise CandidateError(f"{' '.join(self.command)}: {error}") from None
        return self._session

    def close(self) -> None:
        """End the candidate's process, if there is one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _bury(self, error: BrokenError) -> Fault:
        stderr = ""
        if self._session is not None:
            stderr = self._session.process.stderr()
            self._session.process.stop()
            self._session = None
        return Fault(error.fault, str(error), stderr)

    def ask(self, questions: Iterable[Question]) -> Iterator[tuple[Question, Message | Fault]]:
        """Yield each question with its reply, or with the fault that it caused."""
        waiting, failed_starts = deque(questions), 0
        while waiting:
            try:
                yield from self._alive().exchange(waiting, IN_FLIGHT_REQUESTS)
            except BrokenError as error:
                failed_starts = 0
                fault = self._bury(error)
                if len(error.pending) == 1:
                    yield error.pending[0], fault
                else:
                    yield from self._one_by_one(error.pending, fault)
            except CandidateError as error:
                failed_starts += 1
                if failed_starts == HOPELESS_STARTS:
                    fault = Fault("crash", f"the candidate no longer starts: {error}")
                    yield from ((question, fault) for question in waiting)
                    return

    def _one_by_one(self, pending: list[Question], first: Fault) -> Iterator[tuple[Question, Message | Fault]]:
        """Ask again, one at a time, what was in flight when a process broke, so that the culprit is known.

        Output may be buffered, so the oldest question without a reply need not be it. If none breaks alone, the
        oldest is blamed for what happened to all.
        """
        answers: list[tuple[Question, Message | Fault]] = []
        for question in pending:
            try:
                answers += self._alive().exchange(deque([question]), 1)
            except BrokenError as error:
                answers.append((question, self._bury(error)))
            except CandidateError as error:
                answers.append((question, Fault("crash", f"the candidate no longer starts: {error}")))
        if not any(isinstance(answer, Fault) for _, answer in answers):
            together = f"{first.message} while {len(pending)} requests were in flight; none of them alone does it"
            answers[0] = (answers[0][0], Fault(first.fault, together, first.stderr))
        yield from answers
