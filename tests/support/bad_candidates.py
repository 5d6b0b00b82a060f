"""Candidates with one named fault each: ``python tests/support/bad_candidates.py FAULT [SCOPE [SECONDS]]``.

Every one has the layers identity, relu and affine, and is right but for its fault. A fault in a reply strikes where
SCOPE says: ``once`` in the culprit asked as it stands, which is first and again at the end, ``last`` in the last
variant of the first round, ``case`` in each of them, ``always`` everywhere. SECONDS is how long the sleeping
faults sleep. Faults of the start and of the hello have no scope.

The culprit is affine with x of shape (67, 3), which is one case of each dtype, since requests carry no case names.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from bad_lives import LIVES, UNFLUSHED
from bad_processes import PROCESSES, exits, hangs
from bad_replies import REPLIES
from bad_starts import STARTS
from right_candidate import HELLO, REQUESTS, Message, line, right_reply, write

CULPRIT = ("affine", [67, 3])
FAULTS = {**PROCESSES, **REPLIES}
# What else strikes in the culprit, for faults that are not only there.
IN_THE_CULPRIT = {
    "declares_less_each_time": exits,
    "does_not_start_again": exits,
    "starts_every_second_time": exits,
    "ignores_sigterm": hangs,
}


def is_culprit(request: Message) -> bool:
    return (request["layer"], request["inputs"]["x"]["shape"]) == CULPRIT


SCOPES: dict[str, Callable[[Message], bool]] = {
    "once": lambda request: is_culprit(request) and len(request["gradients"]) == 3,
    "last": lambda request: is_culprit(request) and request["gradients"] == ["x"],
    "case": is_culprit,
    "always": lambda request: True,
}


def main(name: str, scope: str = "once", seconds: str = "0") -> None:
    if name not in {*STARTS, *FAULTS, *LIVES}:
        raise SystemExit(f"there is no fault {name}")
    try:
        converse(name, SCOPES[scope], float(seconds))
    except EOFError:
        if name == "lives_on":
            time.sleep(600)
        write(b"".join(UNFLUSHED))


def converse(name: str, strikes: Callable[[Message], bool], seconds: float) -> None:
    in_reply = IN_THE_CULPRIT.get(name) or FAULTS.get(name)
    while True:
        request = json.loads(next(REQUESTS))
        if request["kind"] == "hello":
            write(STARTS[name]() if name in STARTS else line(HELLO))
        elif request["kind"] == "bye":
            raise EOFError
        elif name in LIVES:
            LIVES[name](request, right_reply(request), strikes(request), seconds)
        else:
            reply = right_reply(request)
            write(in_reply(request, reply) if in_reply and strikes(request) else line(reply))


if __name__ == "__main__":
    main(*sys.argv[1:])
