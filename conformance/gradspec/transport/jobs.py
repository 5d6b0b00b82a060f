"""Run several processes of one candidate at a time, with the interface of one supervisor.

Each has its own thread and its own cases: case n belongs to supervisor n modulo their number, in every variant.
They have nothing in common, so a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from queue import SimpleQueue
from threading import Event, Thread

from .lives import Lives
from .process import Process
from .session import Listener, Question, silence
from .supervisor import Answer, Supervisor


class Jobs:
    """As many supervisors as there are `jobs`; they start when they are first asked, but for the one that greets.

    That one may have `begun`.
    """

    def __init__(
        self,
        command: Sequence[str],
        seconds: float,
        jobs: int,
        stop: Event | None = None,
        listen: Listener = silence,
        begun: Process | None = None,
    ) -> None:
        self._stop = stop or Event()
        first = Supervisor(command, seconds, self._stop, listen, begun=begun)
        self.declared = first.declared
        others = (Supervisor(command, seconds, self._stop, listen, self.declared) for _ in range(jobs - 1))
        self._supervisors = [first, *others]
        self._turn: dict[str, int] = {}

    @property
    def lives(self) -> Lives:
        """What became of all the processes."""
        return Lives.of(supervisor.lives for supervisor in self._supervisors)

    def close(self) -> None:
        """End every process."""
        for supervisor in self._supervisors:
            supervisor.close()

    def ask(self, questions: Iterable[Question], last: bool = False) -> Iterator[Answer]:
        """Yield each question with its reply, or with the fault that it caused, in the order in which they come."""
        parts: list[list[Question]] = [[] for _ in self._supervisors]
        for question in questions:
            parts[self._turn.setdefault(question.case, len(self._turn)) % len(parts)].append(question)
        if len(parts) == 1:
            yield from self._supervisors[0].ask(parts[0], last)
            return
        arrived: SimpleQueue[Answer | BaseException | None] = SimpleQueue()

        def work(supervisor: Supervisor, part: list[Question]) -> None:
            try:
                for answer in supervisor.ask(part, last):
                    arrived.put(answer)
            except BaseException as error:
                arrived.put(error)
            finally:
                arrived.put(None)

        pairs = zip(self._supervisors, parts, strict=True)
        threads = [Thread(target=work, args=pair, daemon=True) for pair in pairs if pair[1] or last]
        try:
            for thread in threads:
                thread.start()
            running = len(threads)
            while running:
                answer = arrived.get()
                if isinstance(answer, BaseException):
                    raise answer
                if answer is None:
                    running -= 1
                else:
                    yield answer
        except BaseException:
            self._stop.set()
            raise
        finally:
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
