"""One conversation with one process of a candidate: a machine of five states.

                 hello               request
    STARTED ---------------> READY ----------> ASKING
       |                     |   ^               | |
       |                     |   +---------------+ |
       |                     |       last reply    |
       | no hello            | bye                 | no reply, or none that is valid
       v                     v                     v
     ENDED <------------- LEAVING                ENDED
               exit

`close` leads from any state to ENDED, and so does a request to stop. The process lives in every state but ENDED.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from threading import Event

from ..corpus import PROTOCOL_VERSION
from ..corpus.tensors import Message, ProtocolError
from ..corpus.text import shorten
from .process import GRACE_SECONDS, Frame, LineTooLongError, Process
from .protocol import REPLIES, dump, following, frame, hello, parse, unfold

IN_FLIGHT_REQUESTS = 32
REFILL_REQUESTS = 16  # in flight, at which more are sent: together, since each write and each wake costs
IN_FLIGHT_BYTES = 1 << 27
HELLO_BYTES = 1 << 20

Listener = Callable[[str, bytes, Sequence[memoryview]], None]


def silence(sign: str, line: bytes, payload: Sequence[memoryview]) -> None:
    """Hear nothing of a conversation; a listener gets ``>`` or ``<``, a line and its bytes, ``!`` and what ended it."""


class State(Enum):
    """The state of a conversation."""

    STARTED = auto()
    READY = auto()
    ASKING = auto()
    LEAVING = auto()
    ENDED = auto()


MOVES = {
    State.STARTED: (State.READY, State.ENDED),
    State.READY: (State.ASKING, State.LEAVING, State.ENDED),
    State.ASKING: (State.READY, State.ENDED),
    State.LEAVING: (State.ENDED,),
    State.ENDED: (),
}


@dataclass(frozen=True)
class Question:
    """A request on its way: `render` makes its message, `reply_bytes` bounds the line that may answer it.

    `case` is the id of what it asks about, ``layer/...``; if one question of an id hangs, its others are not asked.
    """

    id: int
    render: Callable[[], Message]
    reply_bytes: int
    case: str = ""


class StoppedError(Exception):
    """The run was told to stop."""


class BrokenError(Exception):
    """A conversation that cannot go on.

    `fault` is timeout, crash, garbage or wrong_id; `stderr` is the end of standard error; `pending` are the questions
    sent and not answered, oldest first.
    """

    def __init__(self, fault: str, message: str, stderr: str, pending: Sequence[Question]) -> None:
        super().__init__(message)
        self.fault, self.stderr, self.pending = fault, stderr, list(pending)


class Session:
    """A process that has said hello, which is in `declared`; each of its replies must come within `seconds`."""

    encoding = ""  # of its tensors, once the hello has declared it

    def __init__(
        self,
        command: Sequence[str],
        seconds: float,
        stop: Event,
        listen: Listener = silence,
        begun: Process | None = None,
    ) -> None:
        self.seconds, self._stop, self._listen = seconds, stop, listen
        self._frames: deque[Frame] = deque()
        self.process = begun or Process(command)
        self.state = State.STARTED
        with self._ending_on_a_fault():
            self._send(hello())
            line = self._frame(time.monotonic() + seconds, HELLO_BYTES, lambda: HELLO_BYTES).line
            try:
                self.declared = parse(line, {"hello": "hello-reply"})
            except ProtocolError as error:
                raise ProtocolError(error.fault, f"no hello of protocol {PROTOCOL_VERSION}: {error}") from None
        self.encoding = self.declared["encoding"]
        if self.encoding == "raw":
            self.process.following = following
        self._move(State.READY)

    def _move(self, state: State) -> None:
        if state not in MOVES[self.state]:
            raise RuntimeError(f"a conversation cannot go from {self.state.name} to {state.name}")
        self.state = state

    @contextlib.contextmanager
    def _ending_on_a_fault(self, pending: Sequence[Question] = ()) -> Iterator[None]:
        """Go to ENDED on any exception; a fault of the candidate becomes a `BrokenError` with what was `pending`."""
        try:
            yield
        except ProtocolError as error:
            stderr = self.process.stderr()
            self._end()
            self._listen("!", f"{error.fault}: {error}".encode(), ())
            raise BrokenError(error.fault, str(error), stderr, pending) from None
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self.process.stop()
        self._move(State.ENDED)

    def _send(self, message: Message) -> int:
        pieces, payload = frame(message, self.encoding)
        if self._listen is not silence:
            self._listen(">", b"".join(pieces), payload)
        return self.process.send(*pieces, *payload)

    def _frame(self, deadline: float, limit: int, largest: Callable[[], int]) -> Frame:
        """Return what came next, of at most `limit` bytes; what is on its way meanwhile may have the `largest`."""
        while not self._frames:
            if self._stop.is_set():
                raise StoppedError
            left = deadline - time.monotonic()
            self._read(left, largest())
            if not self._frames and (self.process.ended or left <= 0):
                begun = self.process.unfinished()
                only = f", {begun}" if begun else ""
                if self.process.ended:
                    raise ProtocolError("crash", f"the process {self.process.fate()}{only}")
                raise ProtocolError("timeout", f"no reply within {self.seconds:g} s{only}")
        came = self._frames.popleft()
        self._listen("<", came.line, [came.payload])
        size = len(came.line) + came.payload.nbytes
        if size > limit:
            raise ProtocolError("garbage", f"a line of {size} bytes is longer than any reply: {shorten(came.line)}")
        return came

    def _read(self, seconds: float, limit: int) -> None:
        try:
            self._frames.extend(self.process.step(seconds, limit))
        except LineTooLongError as error:
            raise ProtocolError("garbage", f"the process wrote {error}") from None

    def exchange(self, questions: deque[Question], window: int) -> Iterator[tuple[Question, Message]]:
        """Put `questions`, at most `window` of them in flight, and yield each with its reply.

        Questions leave the deque as they are sent. Replies are of kind result, refusal or error.

        Raises
        ------
        BrokenError
            With the questions that were in flight.
        StoppedError
            The run was told to stop.
        """
        pending: deque[Question] = deque()
        sizes: deque[int] = deque()
        since, flying, most = time.monotonic(), 0, min(window, REFILL_REQUESTS)
        self._move(State.ASKING)
        with self._ending_on_a_fault(pending):
            while questions or pending:
                if len(pending) < most:
                    while questions and len(pending) < window and flying < IN_FLIGHT_BYTES:
                        pending.append(questions.popleft())
                        sizes.append(self._send(pending[-1].render()) + pending[-1].reply_bytes)
                        flying += sizes[-1]
                came = self._frame(since + self.seconds, pending[0].reply_bytes, lambda: _largest(pending))
                reply = unfold(parse(came.line, REPLIES), came.payload, self.encoding)
                if reply["id"] != pending[0].id:
                    raise ProtocolError("wrong_id", f"the reply has id {reply['id']}, not {pending[0].id}")
                flying -= sizes.popleft()
                yield pending.popleft(), reply
                since = time.monotonic()  # what the harness did with the reply is not the candidate's time
        self._move(State.READY)

    def farewell(self) -> None:
        """Say bye, let the process exit, and stop it; raise `BrokenError` if it says more, or does not exit well."""
        self._move(State.LEAVING)
        self.process.before_its_end()
        with self._ending_on_a_fault():
            self._send({"kind": "bye"})
            deadline = time.monotonic() + GRACE_SECONDS
            while not (self.process.ended or self._frames) and time.monotonic() < deadline:
                self._read(deadline - time.monotonic(), HELLO_BYTES)
            rest = shorten(b"\n".join(came.line for came in self._frames)) or self.process.unfinished()
            if self._frames or rest:
                raise ProtocolError("garbage", f"after the last reply came {rest or 'an empty line'}")
            if self.process.ended:
                fate = self.process.fate()
                if self.process.failed():
                    raise ProtocolError("crash", f"after the last reply the process {fate}")
        self._end()

    def close(self) -> None:
        """Say bye and stop the process, whatever it is doing."""
        if self.state is State.ENDED:
            return
        self.process.before_its_end()
        self.process.send(dump({"kind": "bye"}))
        with contextlib.suppress(LineTooLongError):
            self.process.step(0.0, HELLO_BYTES)
        self._end()


def _largest(pending: Iterable[Question]) -> int:
    return max(question.reply_bytes for question in pending)
