"""End a command on Ctrl-C, SIGTERM or SIGHUP: on the first signal where that is safe, on a second one at once.

By default the first signal is only remembered; `raising` marks what a `KeyboardInterrupt` may leave, and `deferred`
what it may not, such as a callback of the HDF5 library, in which an exception is lost. A second signal, half a second
after the first or later, ends the program with exit code 2 wherever it is. Only the main thread handles signals.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from threading import Event

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ONE_PRESS_SECONDS = 0.5  # who presses Ctrl-C often presses it more than once
EXIT_CODE = 2
SHOW_CURSOR = "\x1b[?25h"

LAST_DUTIES: list[Callable[[], None]] = []  # what is done even when a command ends at once
_modes: list[Event | None] = []  # None where a signal raises
_first: list[float] = []


def heard() -> bool:
    """Tell whether a signal has come."""
    return bool(_first)


def _hear(number: int, frame: object) -> None:
    now = time.monotonic()
    if _first:
        if now - _first[0] >= ONE_PRESS_SECONDS:
            _end_at_once()
        return
    _first.append(now)
    for event in _modes:
        if event is not None:
            event.set()
    if _modes[-1:] == [None]:
        raise KeyboardInterrupt


def _end_at_once() -> None:
    for duty in LAST_DUTIES:
        duty()
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(2, SHOW_CURSOR.encode())
    os._exit(EXIT_CODE)


def hear_for_good() -> None:
    """Handle the signals until the program ends, and raise nothing yet; ignored ones, as under nohup, stay ignored."""
    _modes.append(Event())
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _hear)


def hear_no_more() -> None:
    """Ignore the signals once a command is done, because one of them would change its exit code."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Handle the signals as `hear_for_good`, but in this block; nothing changes if they are handled already."""
    if _modes or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        hear_for_good()
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _modes.clear()
        _first.clear()


@contextlib.contextmanager
def raising() -> Iterator[None]:
    """Raise `KeyboardInterrupt` on the first signal, and now if it has come already."""
    with _mode(None):
        if heard():
            raise KeyboardInterrupt
        yield


@contextlib.contextmanager
def deferred(stop: Event | None = None) -> Iterator[None]:
    """Raise `KeyboardInterrupt` only when the block has ended; with `stop`, set that instead, and raise nothing."""
    alone, already, now = not _modes, heard(), False
    with _mode(stop or Event()):
        yield
        now = heard()
    may_raise = alone or _modes[-1:] == [None]
    if stop is None and now and not already and may_raise and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt


@contextlib.contextmanager
def _mode(mode: Event | None) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with handled():
        _modes.append(mode)
        try:
            yield
        finally:
            _modes.pop()
