"""One conversation with one process of a candidate.

The states are a line: STARTED -> (hello) -> READY <-> ASKING -> ENDED. `Session.exchange` is ASKING; whatever goes
wrong there ends the session and is raised as `BrokenError`, with the requests that were still to be answered.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from . import PROTOCOL_VERSION
from .process import LineTooLongError, Process
from .protocol import Message, ProtocolError, dump, hello, parse

REPLIES = {"result": "result", "refusal": "refusal", "error": "error"}
IN_FLIGHT_REQUESTS = 32
IN_FLIGHT_BYTES = 1 << 25
HELLO_BYTES = 1 << 20


@dataclass(frozen=True)
class Question:
    """A request on its way: `render` makes its message, `reply_bytes` bounds the line that may answer it."""

    id: int
    render: Callable[[], Message]
    reply_bytes: int


class BrokenError(Exception):
    """A conversation that cannot go on.

    `fault` is timeout, crash, garbage or wrong_id; `pending` are the questions sent and not answered, oldest first.
    """

    def __init__(self, fault: str, message: str, pending: Sequence[Question] = ()) -> None:
        super().__init__(message)
        self.fault, self.pending = fault, list(pending)


class Session:
    """A started process that has said hello; `implementation` and the rest of its hello are in `declared`."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self.seconds = seconds
        self.process = Process(command)
        self._lines: deque[bytes] = deque()
        try:
            self.declared = self._hello()
        except BaseException:
            self.process.stop()
            raise

    def _hello(self) -> Message:
        self.process.send(dump(hello()))
        line = self._line(time.monotonic() + self.seconds, HELLO_BYTES)
        try:
            return parse(line, {"hello": "hello-reply"})
        except ProtocolError as error:
            raise BrokenError(error.fault, f"no hello of protocol {PROTOCOL_VERSION}: {error}") from None

    def _line(self, deadline: float, limit: int) -> bytes:
        while not self._lines:
            left = deadline - time.monotonic()
            if self.process.ended:
                raise BrokenError("crash", f"the process {self.process.fate()}")
            if left <= 0:
                raise BrokenError("timeout", f"no reply within {self.seconds:g} s")
            try:
                self._lines.extend(self.process.step(left, limit))
            except LineTooLongError as error:
                raise BrokenError("garbage", f"the process wrote {error}") from None
        return self._lines.popleft()

    def exchange(self, questions: deque[Question], window: int) -> Iterator[tuple[Question, Message]]:
        """Put `questions`, at most `window` of them in flight, and yield each with its reply.

        Questions leave the deque as they are sent. Replies are of kind result, refusal or error.

        Raises
        ------
        BrokenError
            With the questions that were in flight.
        """
        pending: deque[Question] = deque()
        sizes: deque[int] = deque()
        since = time.monotonic()
        try:
            while questions or pending:
                while questions and len(pending) < window and sum(sizes) < IN_FLIGHT_BYTES:
                    pending.append(questions.popleft())
                    line = dump(pending[-1].render())
                    sizes.append(len(line) + pending[-1].reply_bytes)
                    self.process.send(line)
                line = self._line(since + self.seconds, pending[0].reply_bytes)
                reply = parse(line, REPLIES)
                if reply["id"] != pending[0].id:
                    raise BrokenError("wrong_id", f"the reply has id {reply['id']}, not {pending[0].id}")
                since = time.monotonic()
                sizes.popleft()
                yield pending.popleft(), reply
        except ProtocolError as error:
            raise BrokenError(error.fault, str(error), pending) from None
        except BrokenError as error:
            raise BrokenError(error.fault, str(error), pending) from None

    def close(self) -> None:
        """Say bye and stop the process."""
        self.process.send(dump({"kind": "bye"}))
        if not self.process.ended:
            self.process.step(0.0, HELLO_BYTES)
        self.process.stop()
