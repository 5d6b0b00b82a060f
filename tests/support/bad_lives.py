"""Faults of a whole life: called for each request with the right reply, they see to the writing themselves.

`strikes` says whether the request lies in the scope of the fault, `seconds` how long to sleep.
"""

from __future__ import annotations

import atexit
import os
import random
import signal
import time
from collections.abc import Callable

from right_candidate import STATE, Message, another_request_waits, encoded, line, tell_that_it_strikes, write

Life = Callable[[Message, Message, bool, float], None]
LIVES: dict[str, Life] = {}
UNFLUSHED: list[bytes] = []
LAYERS: list[str] = []  # of the requests so far
DEATHS = 0.05
SEED = 20


def life(function: Life) -> Life:
    LIVES[function.__name__] = function
    return function


def flush_if_idle(reply: bytes) -> None:
    """Flush as PR-1 allows it: only when no further request is waiting."""
    UNFLUSHED.append(reply)
    if not another_request_waits():
        write(b"".join(UNFLUSHED))
        UNFLUSHED.clear()


@life
def sleeps(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    if strikes:
        tell_that_it_strikes()
        time.sleep(seconds)
    write(line(reply))


@life
def dies_with_unflushed_replies(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    if strikes:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    flush_if_idle(line(reply))


@life
def buffers_and_sleeps(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    """Be right, and well under the limit in each request, but hold replies back while requests wait."""
    time.sleep(seconds)
    flush_if_idle(line(reply))


@life
def never_flushes(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    """Break PR-1: keep all replies until the end of input."""
    UNFLUSHED.append(line(reply))


@life
def remembers_relu(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    """Be wrong in affine just after relu, which comes after it in the first round: only another order shows it."""
    LAYERS.append(request["layer"])
    if LAYERS[-2:] == ["relu", "affine"]:
        y = reply["outputs"]["y"]
        size = y["shape"][0] * y["shape"][1]
        reply["outputs"]["y"] = encoded([1e9] * size, y["shape"], request["dtype"])
    write(line(reply))


@life
def hangs_at_every_tenth(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    """Be right in everything, and hang at every tenth request of a process."""
    LAYERS.append(request["layer"])
    if len(LAYERS) % 10 == 0:
        time.sleep(600)
    write(line(reply))


@life
def hangs_once(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    """Hang at the twelfth request of the first process, and never again."""
    LAYERS.append(request["layer"])
    if len(LAYERS) == 12 and not os.path.exists(os.environ[STATE]):
        open(os.environ[STATE], "w").close()
        time.sleep(600)
    write(line(reply))


@life
def ends_badly(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    """Be right in everything, and exit with code 3 when the conversation is over."""
    if not LAYERS:
        atexit.register(os._exit, 3)
    LAYERS.append(request["layer"])
    write(line(reply))


@life
def dies_at_random(request: Message, reply: Message, strikes: bool, seconds: float) -> None:
    with open(os.environ[STATE], "a+") as file:
        file.write("x")
        file.flush()
        drawn = random.Random(SEED * 1_000_003 + file.tell()).random()
    if drawn < DEATHS:
        os.kill(os.getpid(), signal.SIGSEGV)
    write(line(reply))
