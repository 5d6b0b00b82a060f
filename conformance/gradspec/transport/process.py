"""Start a candidate's process, write to it, read from it under limits, and stop it, without threads.

Both pipes and stderr are non-blocking and served by one `step`, so neither side can block the other. A line may be
followed by bytes, of which it says how many. The process leads a session and a process group of its own: what it starts
is killed with it, and it is killed with the harness. A daemon that it left behind before it ended is not found, but
nothing waits for it either. POSIX only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..corpus import files
from ..corpus.text import last_lines, shorten
from . import kin

PIPE_BYTES = 1 << 20
READ_BYTES = 1 << 16  # at a time, while lines are short
BLOCKS = 64  # to write at a time
STDERR_BYTES = 1 << 13
GRACE_SECONDS = 0.5
SLICE_SECONDS = 0.1
OWN_LIMITS = (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM)


class CannotStartError(Exception):
    """The command cannot be started at all; the message says why."""


class HarnessError(Exception):
    """The harness itself cannot go on, and the candidate is not to blame."""


class LineTooLongError(Exception):
    """The process wrote more than any reply needs without ending the line."""


class Frame(NamedTuple):
    """What a process wrote: a line without its end, and the bytes that it said would follow."""

    line: bytes
    payload: memoryview


NO_BYTES = memoryview(b"")


class Process:
    """One run of a command, spoken to in lines and bytes; `following` says how many bytes follow a line, if any may."""

    following: Callable[[bytes], int] | None = None

    def __init__(self, command: Sequence[str]) -> None:
        if shutil.which(command[0]) is None:
            reason = "is not executable" if os.path.exists(command[0]) else "was not found"
            raise CannotStartError(f"the command {reason}")
        try:
            self._selector = selectors.DefaultSelector()
            self._start(command)
        except OSError as error:
            if error.errno in OWN_LIMITS:
                why = files.REASONS.get(error.errno, f"{os.strerror(error.errno).lower()}; lower --jobs")
                raise HarnessError(
                    f"gradspec cannot start another process, and the command is not to blame: {why}"
                ) from None
            raise CannotStartError(f"the command cannot be started: {error}") from error
        streams = [self._popen.stdin, self._popen.stdout, self._popen.stderr]
        self._stdin, self._stdout, self._stderr = (s.fileno() for s in streams if s is not None)
        for fd in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(fd, False)
            if hasattr(fcntl, "F_SETPIPE_SZ"):
                with contextlib.suppress(OSError):
                    fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._selector.register(self._stderr, selectors.EVENT_READ)
        self._outgoing: deque[memoryview] = deque()
        self._partial: list[bytes] = []
        self._partial_bytes = 0
        self._awaited: Frame | None = None  # of whose payload the first `_filled` bytes have come
        self._filled = 0
        self._tail = bytearray()
        self._kin: kin.Kin = set()
        self.ended = False

    def _start(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        try:
            self._popen = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
            )
            try:
                self._guard = kin.guard(self._popen.pid)
            except OSError:
                kin.kill(self._popen.pid, set())
                with self._popen:  # closes its pipes and waits for it
                    raise
        except OSError:
            self._selector.close()
            raise

    def send(self, *pieces: bytes | memoryview) -> int:
        """Queue the pieces of a line, and of what follows it, and count their bytes; `step` writes them."""
        if not self._outgoing and not self.ended:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        views = [memoryview(piece) for piece in pieces]
        self._outgoing.extend(views)
        return sum(view.nbytes for view in views)

    def step(self, seconds: float, limit: int) -> list[Frame]:
        """Write and read what can be, waiting up to `seconds` for the first; return the complete lines read.

        Sets `ended` once standard output is closed, or the process is gone and has nothing more to say, even if a
        child of its own still holds the pipe. A line that announces more than `limit` bytes comes without them.

        Raises
        ------
        LineTooLongError
            A line has grown beyond `limit` bytes.
        """
        frames: list[Frame] = []
        gone = self._popen.poll() is not None
        ready = self._selector.select(max(0.0, min(seconds, SLICE_SECONDS)))
        self.ended = self.ended or (gone and not ready)
        for key, _ in ready:
            if key.fd == self._stdin:
                self._write()
            elif key.fd == self._stderr:
                self._drain_stderr()
            else:
                self._read(frames, limit)
        if self._partial_bytes > limit:
            raise LineTooLongError(f"{self._partial_bytes} bytes without the end of a line")
        return frames

    def _write(self) -> None:
        try:
            written = os.writev(self._stdin, list(itertools.islice(self._outgoing, BLOCKS)))
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more; what that means, the end of stdout will tell
            self._outgoing.clear()
        while self._outgoing and written >= self._outgoing[0].nbytes:
            written -= self._outgoing.popleft().nbytes
        if self._outgoing:
            self._outgoing[0] = self._outgoing[0][written:]
        else:
            self._selector.unregister(self._stdin)

    def _read(self, frames: list[Frame], limit: int) -> None:
        if self._awaited is not None:
            came = os.readv(self._stdout, [self._awaited.payload[self._filled :]])
            self._filled += came
            if self._filled == self._awaited.payload.nbytes:
                frames.append(self._awaited)
                self._awaited = None
        else:
            chunk = os.read(self._stdout, PIPE_BYTES if self._partial_bytes >= READ_BYTES else READ_BYTES)
            came = len(chunk)
            self._split(chunk, frames, limit)
        if not came:
            self._selector.unregister(self._stdout)
            self.ended = True

    def _split(self, chunk: bytes, frames: list[Frame], limit: int) -> None:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            line = b"".join([*self._partial, chunk[start:end]]) if self._partial else chunk[start:end]
            self._partial, self._partial_bytes, start = [], 0, end + 1
            count = self.following(line) if self.following is not None else 0
            if not 0 < count <= limit:
                frames.append(Frame(line, NO_BYTES))
                continue
            payload = np.empty(count, np.uint8).data
            came = chunk[start : start + count]
            payload[: len(came)] = came
            start += len(came)
            if len(came) == count:
                frames.append(Frame(line, payload))
            else:
                self._awaited, self._filled = Frame(line, payload), len(came)
        if start < len(chunk):
            self._partial.append(chunk[start:])
            self._partial_bytes += len(chunk) - start

    def _drain_stderr(self) -> None:
        chunk = os.read(self._stderr, PIPE_BYTES)
        if not chunk:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._stderr)
        self._tail += chunk[-STDERR_BYTES:]
        del self._tail[:-STDERR_BYTES]

    def fate(self) -> str:
        """Say how a process that closed its output came to its end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(GRACE_SECONDS)
        code = self._popen.poll()
        if code is None:
            return "closed its output but goes on"
        if code < 0:
            named = -code in {s.value for s in signal.Signals}
            return f"was killed by {signal.Signals(-code).name if named else f'signal {-code}'}"
        return f"exited with code {code}"

    def failed(self) -> bool:
        """Tell whether the process has ended, and not with code 0."""
        return self._popen.poll() not in (None, 0)

    def unfinished(self) -> str:
        """Say what was begun and not ended; empty if nothing was."""
        if self._awaited is not None:
            return f"only {self._filled} of the {self._awaited.payload.nbytes} bytes that had to follow a line"
        begun = b"".join(self._partial)
        return f"only the beginning of a line: {shorten(begun)}" if begun else ""

    def stderr(self) -> str:
        """Return the last lines of what the process wrote to standard error."""
        with contextlib.suppress(OSError):
            self._drain_stderr()
        return last_lines(self._tail.decode("utf-8", "backslashreplace"))

    def before_its_end(self) -> None:
        """Note what the process has started: once it has ended, nothing leads to a child that left its session."""
        self._kin |= kin.kin(self._popen.pid)

    def stop(self) -> None:
        """Close its input, give it a moment to exit, then kill it and all that it started; wait no longer."""
        self.before_its_end()
        for fd in (self._popen.stdin, self._popen.stdout):
            with contextlib.suppress(OSError):
                fd.close()  # type: ignore[union-attr]
        deadline = time.monotonic() + GRACE_SECONDS
        while self._popen.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        kin.kill(self._popen.pid, self._kin)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(GRACE_SECONDS)
        kin.dismiss(self._guard)
        self._popen.stderr.close()  # type: ignore[union-attr]
        self._selector.close()
