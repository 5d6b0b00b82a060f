"""A candidate's process: started, fed, drained, limited and stopped, without threads.

Both pipes and stderr are non-blocking and served by one `step`, so neither side can block the other. The process
leads a session and a process group of its own: what it starts is killed with it, and it is killed with the harness. A
daemon that it left behind before it ended is not found, but nothing waits for it either. POSIX only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence

from ..corpus import files
from ..corpus.text import last_lines
from . import kin

PIPE_BYTES = 1 << 20
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


class Process:
    """One run of a command, spoken to in lines."""

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
        self._tail = bytearray()
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

    def send(self, line: bytes) -> None:
        """Queue a line; `step` writes it as the process reads."""
        if not self._outgoing and not self.ended:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._outgoing.append(memoryview(line))

    def step(self, seconds: float, line_limit: int) -> list[bytes]:
        """Write and read what can be, waiting up to `seconds` for the first; return the complete lines read.

        Sets `ended` once standard output is closed, or the process is gone and has nothing more to say, even if a
        child of its own still holds the pipe.

        Raises
        ------
        LineTooLongError
            A line has grown beyond `line_limit` bytes.
        """
        lines: list[bytes] = []
        gone = self._popen.poll() is not None
        ready = self._selector.select(max(0.0, min(seconds, SLICE_SECONDS)))
        self.ended = self.ended or (gone and not ready)
        for key, _ in ready:
            if key.fd == self._stdin:
                self._write()
            elif key.fd == self._stderr:
                self._drain_stderr()
            else:
                self._read(lines)
        if self._partial_bytes > line_limit:
            raise LineTooLongError(f"{self._partial_bytes} bytes without the end of a line")
        return lines

    def _write(self) -> None:
        try:
            written = os.write(self._stdin, self._outgoing[0][:PIPE_BYTES])
            self._outgoing[0] = self._outgoing[0][written:]
            if not self._outgoing[0]:
                self._outgoing.popleft()
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more; what that means, the end of stdout will tell
            self._outgoing.clear()
        if not self._outgoing:
            self._selector.unregister(self._stdin)

    def _read(self, lines: list[bytes]) -> None:
        chunk = os.read(self._stdout, PIPE_BYTES)
        if not chunk:
            self._selector.unregister(self._stdout)
            self.ended = True
            return
        *complete, rest = chunk.split(b"\n") if b"\n" in chunk else [chunk]
        for piece in complete:
            lines.append(b"".join([*self._partial, piece]))
            self._partial, self._partial_bytes = [], 0
        if rest:
            self._partial.append(rest)
            self._partial_bytes += len(rest)

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

    def unfinished(self) -> bytes:
        """Return the line that was begun and not ended."""
        return b"".join(self._partial)

    def stderr(self) -> str:
        """Return the last lines of what the process wrote to standard error."""
        with contextlib.suppress(OSError):
            self._drain_stderr()
        return last_lines(self._tail.decode("utf-8", "backslashreplace"))

    def stop(self) -> None:
        """Close its input, give it a moment to exit, then kill it and all that it started; wait no longer."""
        known = kin.kin(self._popen.pid)
        for fd in (self._popen.stdin, self._popen.stdout):
            with contextlib.suppress(OSError):
                fd.close()  # type: ignore[union-attr]
        deadline = time.monotonic() + GRACE_SECONDS
        while self._popen.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        kin.kill(self._popen.pid, known)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(GRACE_SECONDS)
        kin.dismiss(self._guard)
        self._popen.stderr.close()  # type: ignore[union-attr]
        self._selector.close()
