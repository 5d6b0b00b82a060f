"""Ask a candidate every question, restart its process when it ends, and find the question that ended it."""

from __future__ import annotations

import shlex
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event

from ..corpus.tensors import Message
from ..corpus.text import indented
from .limits import GivingUp
from .lives import Incident, Lives
from .process import CannotStartError, Process
from .session import IN_FLIGHT_REQUESTS, BrokenError, Listener, Question, Session, State, silence

STARTS = 3
HELD_BACK = (
    0.5  # of the time limit: suspects that take so long one by one may have come late because they were held back
)
NOT_ASKED = "not_asked"
PROMISES = ("layers", "encoding", "capabilities", "profiles")


class CandidateError(Exception):
    """There is no candidate to judge: it does not start, or says no hello."""


@dataclass(frozen=True)
class Fault:
    """What happened instead of a reply: timeout, crash, garbage, wrong_id or not_asked; what the process said last."""

    fault: str
    message: str
    stderr: str = ""

    @classmethod
    def of(cls, error: BrokenError) -> Fault:
        """Return the fault that broke a conversation."""
        return cls(error.fault, str(error), error.stderr)


Answer = tuple[Question, Message | Fault]


class Supervisor:
    """Speaks to a command, one process at a time; its hello is in `declared`, and starts it unless it is given."""

    def __init__(
        self,
        command: Sequence[str],
        seconds: float,
        stop: Event | None = None,
        listen: Listener = silence,
        declared: Message | None = None,
        begun: Process | None = None,
    ) -> None:
        self.command, self.seconds, self.stop, self.listen = list(command), seconds, stop or Event(), listen
        self.window = IN_FLIGHT_REQUESTS
        self.giving_up = GivingUp()
        self.lives = Lives()
        self._session: Session | None = None
        self.declared: Message = declared or {}
        if not declared:
            self.declared = self._alive(attempts=1, begun=begun).declared

    def _alive(self, attempts: int = STARTS, begun: Process | None = None) -> Session:
        while self._session is None or self._session.state is State.ENDED:
            attempts -= 1
            self.lives.starts += 1
            try:
                self._session = Session(self.command, self.seconds, self.stop, self.listen, begun)
            except (CannotStartError, BrokenError) as error:
                fault = error.fault if isinstance(error, BrokenError) else "crash"
                self.lives.incidents.append(Incident(fault, f"at a start: {error}", 0, forgiven=bool(attempts)))
                if not attempts:
                    said = error.stderr if isinstance(error, BrokenError) else ""
                    stderr = f"; standard error: {indented(said)}" if said else ""
                    raise CandidateError(f"{shlex.join(self.command)}: {error}{stderr}") from None
        declared = self._session.declared
        if self.declared and any(declared.get(key) != self.declared.get(key) for key in PROMISES):
            self._session.close()
            raise CandidateError(f"{shlex.join(self.command)}: its hello declares something else than at first")
        return self._session

    def close(self) -> None:
        """End the candidate's process, if there is one."""
        if self._session is not None:
            self._session.close()

    def ask(self, questions: Iterable[Question], last: bool = False) -> Iterator[Answer]:
        """Yield each question with its reply, or with the fault that it caused.

        What `GivingUp` has given up is not asked. After the `last` questions the candidate is dismissed, and its final
        reply counts only if nothing follows it.
        """
        waiting = deque(questions)
        while waiting:
            given_up = [(question, self.giving_up.lost(question)) for question in waiting]
            waiting = deque(question for question, reason in given_up if not reason)
            yield from ((question, Fault(NOT_ASKED, reason)) for question, reason in given_up if reason)
            if not waiting:
                return
            for question, answer in self._answers(waiting, last):
                self._note(question, answer)
                yield question, answer
        if last:
            self._part()

    def _note(self, question: Question, answer: Message | Fault) -> None:
        if not isinstance(answer, Fault):
            self.giving_up.answered(question)
        elif answer.fault == "timeout":
            self.giving_up.hung(question)
        elif answer.fault != NOT_ASKED:
            self.giving_up.broke(question)

    def _record(self, error: BrokenError, case: str = "", forgiven: bool = False) -> None:
        self.giving_up.broken(error.fault)
        self.lives.incidents.append(Incident(error.fault, str(error), len(error.pending), case, forgiven))

    def _part(self) -> None:
        """Dismiss the process when there is nothing left to ask; if it breaks off, no case is blamed for it."""
        try:
            self._dismiss()
        except BrokenError as error:
            self._record(error)

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
            if error.fault == "timeout" and len(error.pending) == 1:  # it had the limit to itself
                self._record(error, error.pending[0].case)
                yield from (*held, (error.pending[0], Fault.of(error)))
                return
            try:
                self._alive()
            except CandidateError as gone:
                blamed = error.pending[:1] or [held.pop()[0]]
                self._record(error, blamed[0].case)
                yield from (*held, *((question, Fault.of(error)) for question in blamed))
                yield from _no_longer(gone, error.pending[1:])
                return
            suspects = [question for question, _ in held] + error.pending
            if len(suspects) == 1:
                self._record(error, suspects[0].case)
                yield suspects[0], Fault.of(error)
            else:
                yield from self._one_by_one(suspects, error)
        except CandidateError as gone:
            yield from _no_longer(gone, waiting)
            waiting.clear()

    def _one_by_one(self, suspects: list[Question], error: BrokenError) -> Iterator[Answer]:
        """Ask the suspects again, one at a time, so that the culprit is known.

        Output may be buffered, so the oldest question without a reply need not be it; and a process may break just
        after a reply, so what breaks at one question may be the one before. If none breaks now, the first without a
        reply is blamed; but not for a timeout if all of them together take a good part of the limit: since it is for
        each request, the replies were held back, and from then on each request waits for the reply before it.
        """
        started = time.monotonic()
        answers: dict[Question, Message | Fault] = {}
        before: Question | None = None  # what the living process replied to last
        for question in suspects:
            if reason := self.giving_up.lost(question):
                answers[question] = Fault(NOT_ASKED, reason)
                continue
            answer = self._alone(question, dismiss=False)
            if isinstance(answer, Fault) and before is not None:
                mistaken = len(self.lives.incidents) - 1
                suspicion = self._alone(before, dismiss=True)
                if isinstance(suspicion, Fault):
                    answers[before] = suspicion
                    self.lives.incidents[mistaken] = replace(self.lives.incidents[mistaken], case=before.case)
                    answer = self._alone(question, dismiss=False)
            answers[question] = answer
            before = None if isinstance(answer, Fault) else question
        if before is not None:
            try:
                self._dismiss()
            except BrokenError as farewell:
                self._record(farewell, before.case)
                answers[before] = Fault.of(farewell)
        faulty = {question: answer.fault for question, answer in answers.items() if isinstance(answer, Fault)}
        guilty = next((question for question, fault in faulty.items() if fault != NOT_ASKED), None)
        late = error.fault == "timeout" and time.monotonic() - started >= HELD_BACK * self.seconds
        held_back = late and not faulty
        if held_back:
            self.window = 1
        elif not faulty:
            guilty = (error.pending or suspects)[0]
            flight = len(error.pending)
            flight_of = f" while {flight} requests were in flight; none of them alone does it" if flight > 1 else ""
            together = f"{error}{flight_of}"
            answers[guilty] = Fault(error.fault, together, error.stderr)
        self._record(error, guilty.case if guilty else "", forgiven=held_back)
        yield from answers.items()

    def _alone(self, question: Question, dismiss: bool) -> Message | Fault:
        """Return the reply to one question, in a process that is dismissed after it if so wished."""
        answer: Message | Fault
        try:
            ((_, answer),) = self._alive().exchange(deque([question]), 1)
            if dismiss:
                self._dismiss()
        except BrokenError as error:
            self._record(error, question.case)
            answer = Fault.of(error)
        except CandidateError as gone:
            answer = next(_no_longer(gone, [question]))[1]
        self._note(question, answer)
        return answer

    def _dismiss(self) -> None:
        """Say farewell to the process; raise `BrokenError` if it has more to say."""
        if self._session is not None and self._session.state is not State.ENDED:
            self._session.farewell()


def _no_longer(gone: CandidateError, questions: Iterable[Question]) -> Iterator[Answer]:
    fault = Fault("crash", f"the candidate no longer starts: {gone}")
    return ((question, fault) for question in questions)
