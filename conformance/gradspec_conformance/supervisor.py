"""A candidate over all its lives: asks every question once, restarts what broke, and blames the right question."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .process import CannotStartError
from .protocol import Message
from .session import IN_FLIGHT_REQUESTS, BrokenError, Question, Session

STARTS = 3


class CandidateError(Exception):
    """There is no candidate to judge: it does not start, or says no hello."""


@dataclass(frozen=True)
class Fault:
    """What happened instead of a reply: timeout, crash, garbage or wrong_id, and what the process said last."""

    fault: str
    message: str
    stderr: str = ""


Answer = tuple[Question, Message | Fault]


class Supervisor:
    """Speaks to a command, one process at a time."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self.command, self.seconds = list(command), seconds
        self.window = IN_FLIGHT_REQUESTS
        self._session: Session | None = None
        self.declared = self._alive(attempts=1).declared

    def _alive(self, attempts: int = STARTS) -> Session:
        while self._session is None:
            attempts -= 1
            try:
                self._session = Session(self.command, self.seconds)
            except (CannotStartError, BrokenError) as error:
                if not attempts:
                    raise CandidateError(f"{shlex.join(self.command)}: {error}") from None
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

    def ask(self, questions: Iterable[Question], last: bool = False) -> Iterator[Answer]:
        """Yield each question with its reply, or with the fault that it caused.

        After the `last` questions the candidate is dismissed, and its final reply counts only if nothing follows it.
        """
        waiting = deque(questions)
        while waiting:
            yield from self._answers(waiting, last)

    def _answers(self, waiting: deque[Question], last: bool) -> Iterator[Answer]:
        """Answer `waiting` until something breaks, and settle what that was.

        A reply is passed on when the next one has come, because what its question broke may show only then.
        """
        held: list[Answer] = []
        try:
            for answer in self._alive().exchange(waiting, self.window):
                yield from held
                held = [answer]
            if last:
                self._dismiss()
            yield from held
        except BrokenError as error:
            fault = self._bury(error)
            try:
                self._alive()
            except CandidateError as gone:
                blamed = error.pending[:1] or [held.pop()[0]]
                yield from (*held, *((question, fault) for question in blamed))
                yield from _no_longer(gone, error.pending[1:])
                return
            suspects = [question for question, _ in held] + error.pending
            if len(suspects) == 1:
                yield suspects[0], fault
            else:
                yield from self._one_by_one(suspects, fault, first=len(held))
        except CandidateError as gone:
            yield from _no_longer(gone, waiting)
            waiting.clear()

    def _one_by_one(self, suspects: list[Question], fault: Fault, first: int) -> Iterator[Answer]:
        """Ask the suspects again, one at a time, so that the culprit is known.

        Output may be buffered, so the oldest question without a reply need not be it; and a process may break just
        after a reply, so what breaks at one question may be the one before. If none breaks now, the `first` without a
        reply is blamed; but not for a timeout, since the limit is for each request: from then on requests wait.
        """
        answers: list[Answer] = []
        fresh = True
        for question in suspects:
            answer = self._alone(question, dismiss=False)
            if isinstance(answer, Fault) and not fresh:
                before = answers[-1][0]
                suspicion = self._alone(before, dismiss=True)
                if isinstance(suspicion, Fault):
                    answers[-1] = before, suspicion
                    answer = self._alone(question, dismiss=False)
            answers.append((question, answer))
            fresh = isinstance(answer, Fault)
        if not fresh:
            try:
                self._dismiss()
            except BrokenError as error:
                answers[-1] = answers[-1][0], self._bury(error)
        if not any(isinstance(answer, Fault) for _, answer in answers):
            if fault.fault == "timeout":
                self.window = 1
            else:
                together = f"{fault.message} while {len(suspects)} requests were in flight; none of them alone does it"
                answers[first] = answers[first][0], Fault(fault.fault, together, fault.stderr)
        yield from answers

    def _alone(self, question: Question, dismiss: bool) -> Message | Fault:
        """Return the reply to one question, in a process that is dismissed after it if so wished."""
        try:
            ((_, reply),) = self._alive().exchange(deque([question]), 1)
            if dismiss:
                self._dismiss()
            return reply
        except BrokenError as error:
            return self._bury(error)
        except CandidateError as gone:
            return next(_no_longer(gone, [question]))[1]

    def _dismiss(self) -> None:
        """Say farewell to the process; raise `BrokenError` if it has more to say."""
        if self._session is not None:
            self._session.farewell()
            self._session = None


def _no_longer(gone: CandidateError, questions: Iterable[Question]) -> Iterator[Answer]:
    fault = Fault("crash", f"the candidate no longer starts: {gone}")
    return ((question, fault) for question in questions)
