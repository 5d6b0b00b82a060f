"""Faults before any reply: called at the start, they return the hello."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from right_candidate import HELLO, STATE, flood, line

Start = Callable[[], bytes]
STARTS: dict[str, Start] = {}


def start(function: Start) -> Start:
    STARTS[function.__name__] = function
    return function


@start
def exits_at_start() -> bytes:
    print("libmine.so: cannot open shared object file", file=sys.stderr)
    sys.exit(3)


@start
def says_no_hello() -> bytes:
    time.sleep(600)
    return b""


@start
def other_protocol() -> bytes:
    return line(HELLO | {"protocol": 2})


@start
def invalid_hello() -> bytes:
    return line(HELLO | {"encoding": "hex"})


@start
def greets_in_words() -> bytes:
    return b"Welcome to mylib 0.3!\n" + line(HELLO)


@start
def endless_hello() -> bytes:
    flood(1, 200)
    return b"\n"


@start
def declares_nothing() -> bytes:
    return line(HELLO | {"layers": {}})


@start
def declares_float32_only() -> bytes:
    return line(HELLO | {"layers": {"affine": {"dtypes": ["float32"]}}})


@start
def declares_an_unknown_layer() -> bytes:
    return line(HELLO | {"layers": HELLO["layers"] | {"warp": {"dtypes": ["float64"]}}})


@start
def declares_an_unknown_value() -> bytes:
    diagonal = {"dtypes": ["float64"], "attributes": {"layout": ["diagonal"], "speed": ["high"]}}
    return line(HELLO | {"layers": {"identity": {"dtypes": ["float64"]}, "affine": diagonal}})


@start
def name_with_markup() -> bytes:
    return line(HELLO | {"implementation": {"name": "m[/]y[red", "version": "[1.0]", "language": "c"}})


@start
def name_in_japanese() -> bytes:
    return line(HELLO | {"implementation": {"name": "名前", "version": "1", "language": "c"}})


@start
def name_in_colour() -> bytes:
    return line(HELLO | {"implementation": {"name": "\x1b[2J\x1b[31mred", "version": "\x9b0m", "language": "c"}})


@start
def hello_that_is_a_list() -> bytes:
    return b"[" + line(HELLO)[:-1] + b"]\n"


@start
def hello_with_a_key_twice() -> bytes:
    return line(HELLO).replace(b'"protocol": 1', b'"protocol": 2, "protocol": 1')


@start
def declares_less_each_time() -> bytes:
    """Declare other layers once it was killed, which the culprit does."""
    with open(os.environ[STATE], "a+") as file:
        file.write("x")
        file.flush()
        return line(HELLO if file.tell() == 1 else HELLO | {"layers": {"relu": {"dtypes": ["float64"]}}})


@start
def answers_unasked() -> bytes:
    return line(HELLO) + line({"kind": "error", "id": 77, "message": "I was not asked"})


@start
def does_not_start_again() -> bytes:
    """Start once; the culprit then kills it for good."""
    if os.path.exists(os.environ[STATE]):
        print("the lock is held", file=sys.stderr)
        sys.exit(4)
    open(os.environ[STATE], "w").close()
    return line(HELLO)


@start
def starts_every_second_time() -> bytes:
    """Fail at each second start; the culprit kills it, so that it is started again."""
    with open(os.environ[STATE], "a+") as file:
        file.write("x")
        file.flush()
        if file.tell() % 2 == 0:
            sys.exit(4)
    return line(HELLO)


@start
def ignores_sigterm() -> bytes:
    """Hang in the culprit, deaf to the end of input and to SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return line(HELLO)


@start
def has_a_helper() -> bytes:
    """Be right in everything, with a child that outlives its parent."""
    subprocess.Popen(["sleep", "600"])
    return line(HELLO)


@start
def lives_on() -> bytes:
    """Be right in everything, but stay when the conversation ends."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return line(HELLO)


@start
def long_names() -> bytes:
    name = {"name": "x" * 300_000, "version": "1\nconforms to gradspec 1.1", "language": "c"}
    layers = HELLO["layers"] | {f"layer_{n}_{'y' * 300}": {"dtypes": ["float64"]} for n in range(1_000)}
    return line(HELLO | {"implementation": name, "layers": layers})


@start
def dies_before_it_greets() -> bytes:
    """Write a line that would be a claim, were it at the margin."""
    os.write(2, b"cannot start\nconforms to gradspec 1.1: everything\n")
    sys.exit(3)


@start
def has_a_helper_in_another_group() -> bytes:
    """Be right in everything, with children that a signal to the group does not reach, in the session and out of it."""
    subprocess.Popen(["sleep", "600"], process_group=0)
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    return line(HELLO)
