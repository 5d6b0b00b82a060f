"""What a process can do instead of replying: called with the request and the right reply, they return what to write."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from right_candidate import Message, flood, line, tell_that_it_strikes, write

Fault = Callable[[Message, Message], bytes]
PROCESSES: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    PROCESSES[function.__name__] = function
    return function


@fault
def hangs(request: Message, reply: Message) -> bytes:
    tell_that_it_strikes()
    time.sleep(600)
    return b""


@fault
def segfaults(request: Message, reply: Message) -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


@fault
def is_killed(request: Message, reply: Message) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


@fault
def aborts(request: Message, reply: Message) -> bytes:
    print("free(): invalid pointer", file=sys.stderr)
    os.abort()


@fault
def dies_of_a_nameless_signal(request: Message, reply: Message) -> bytes:
    """Die of a real-time signal, for which no name is defined."""
    os.kill(os.getpid(), signal.SIGRTMIN + 6)
    return b""


@fault
def stops_itself(request: Message, reply: Message) -> bytes:
    """Stop as on Ctrl-Z: alive, and deaf to everything but SIGKILL and SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return b""


@fault
def exits(request: Message, reply: Message) -> bytes:
    print("assertion failed: n < 67", file=sys.stderr)
    os._exit(7)


@fault
def replies_by_half_and_exits(request: Message, reply: Message) -> bytes:
    whole = line(reply)
    write(whole[: len(whole) // 2])
    os._exit(0)


@fault
def replies_by_half_and_hangs(request: Message, reply: Message) -> bytes:
    whole = line(reply)
    write(whole[: len(whole) // 2])
    return hangs(request, reply)


@fault
def forgets_the_line_feed(request: Message, reply: Message) -> bytes:
    write(line(reply)[:-1])
    return hangs(request, reply)


@fault
def runs_out_of_memory(request: Message, reply: Message) -> bytes:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))
    return b"x" * (1 << 30)


@fault
def closes_stdout(request: Message, reply: Message) -> bytes:
    os.close(1)
    time.sleep(600)
    return b""


@fault
def closes_stdin(request: Message, reply: Message) -> bytes:
    os.close(0)
    time.sleep(600)
    return b""


@fault
def leaves_a_grandchild(request: Message, reply: Message) -> bytes:
    """Exit, while a child holds all three pipes open."""
    subprocess.Popen(["sleep", "600"])
    os._exit(5)


@fault
def leaves_a_daemon(request: Message, reply: Message) -> bytes:
    """Exit, while a child in a session of its own, which no signal to the group reaches, holds all three pipes."""
    subprocess.Popen(["sleep", "20"], start_new_session=True, env={"PATH": os.defpath})
    os._exit(5)


@fault
def floods_everything(request: Message, reply: Message) -> bytes:
    """Write 1 GB without a line feed to both streams at once."""
    if os.fork():
        flood(1, 1024)
    flood(2, 1024)
    os._exit(0)


@fault
def screams_in_colour(request: Message, reply: Message) -> bytes:
    """Die with escape sequences on standard error that would clear the screen and retitle the terminal."""
    os.write(2, b"\x1b[2J\x1b]0;owned\x07\x9b31mfatal\n")
    os._exit(9)


@fault
def floods_stderr(request: Message, reply: Message) -> bytes:
    flood(2, 100)
    os.write(2, b"\nthe end of the flood\n")
    return line(reply)


@fault
def floods_stderr_and_dies(request: Message, reply: Message) -> bytes:
    floods_stderr(request, reply)
    os._exit(7)


@fault
def endless_line(request: Message, reply: Message) -> bytes:
    flood(1, 1024)
    return line(reply)


@fault
def endless_lines(request: Message, reply: Message) -> bytes:
    """Write for ever: not one long line but millions of empty ones."""
    while True:
        write(b"\n" * (1 << 16))


@fault
def dies_after_the_reply(request: Message, reply: Message) -> bytes:
    write(line(reply))
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


@fault
def mutters_after_the_reply(request: Message, reply: Message) -> bytes:
    """Reply, then begin a line that never ends."""
    write(line(reply) + b"x" * 60_000)
    time.sleep(0.2)
    flood(1, 1024)
    return b""
