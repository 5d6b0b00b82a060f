"""One conversation with one process of a candidate.

The states are a line: STARTED -> (hello) -> READY <-> ASKING -> ENDED. `Session.exchange` is ASKING; whatever goes
wrong there ends the session and is raised as `BrokenError`, with the requests that were still to be answered.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from . import PROTOCOL_VERSION
from .process import GRACE_SECONDS, LineTooLongError, Process
from .protocol import Message, ProtocolError, dump, hello, parse, shorten

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
        except BrokenError as error:
            stderr = self.process.stderr()
            raise BrokenError(error.fault, f"{error}; standard error: {stderr}" if stderr else str(error)) from None
        finally:
            if not hasattr(self, "declared"):
                self.process.stop()

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
            self._read(left, limit)
            if self._lines:
                break
            if self.process.ended:
                raise BrokenError("crash", f"the process {self.process.fate()}")
            if left <= 0:
                raise BrokenError("timeout", f"no reply within {self.seconds:g} s")
        return self._lines.popleft()

    def _read(self, seconds: float, limit: int) -> None:
        try:
            self._lines.extend(self.process.step(seconds, limit))
        except LineTooLongError as error:
            raise BrokenError("garbage", f"the process wrote {error}") from None

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
                line = self._line(since + self.seconds, max(question.reply_bytes for question in pending))
                reply = parse(line, REPLIES)
                if reply["id"] != pending[0].id:
                    raise BrokenError("wrong_id", f"the reply has id {reply['id']}, not {pending[0].id}")
                sizes.popleft()
                yield pending.popleft(), reply
                since = time.monotonic()  # what the harness did with the reply is not the candidate's time
        except ProtocolError as error:
            raise BrokenError(error.fault, str(error), pending) from None
        except BrokenError as error:
            raise BrokenError(error.fault, str(error), pending) from None

    def farewell(self) -> None:
        """Say bye, let the process exit, and stop it; raise `BrokenError` if it says more, or does not exit well."""
        try:
            self.process.send(dump({"kind": "bye"}))
            deadline = time.monotonic() + GRACE_SECONDS
            while not self.process.ended and time.monotonic() < deadline:
                self._read(deadline - time.monotonic(), HELLO_BYTES)
            rest = b"\n".join([*self._lines, self.process.unfinished()])
            if rest:
                raise BrokenError("garbage", f"after the last reply came {shorten(rest)}")
            if self.process.ended:
                fate = self.process.fate()
                if self.process.failed():
                    raise BrokenError("crash", f"after the last reply the process {fate}")
        finally:
            self.process.stop()

    def close(self) -> None:
        """Stop the process, whatever it is doing."""
        self.process.send(dump({"kind": "bye"}))
        with contextlib.suppress(LineTooLongError):
            self.process.step(0.0, HELLO_BYTES)
        self.process.stop()
