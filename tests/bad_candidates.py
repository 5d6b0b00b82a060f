"""Candidates with one named fault each: ``python tests/bad_candidates.py FAULT [SCOPE [SECONDS]]``.

Every one has the layers identity, relu and affine, and is right but for its fault. A fault in a reply strikes where
SCOPE says: ``once`` in the culprit asked plainly, ``last`` in its last presentation, ``case`` in each of them,
``always`` everywhere.
SECONDS is how long the sleeping faults sleep. Faults of the start and of the hello have no scope.

The culprit is affine with x of shape (67, 3), which is one case of each dtype, since requests carry no case names.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]

CULPRIT = ("affine", [67, 3])
STATE = "GRADSPEC_TEST_STATE"  # names a file that outlives a process: what it holds, its faults say
DEATHS = 0.05
SEED = 20

SECONDS = 0.0  # set by main, as SCOPE is
SCOPES: dict[str, Callable[[Message], bool]] = {
    "once": lambda request: is_culprit(request) and len(request["gradients"]) == 3,
    "last": lambda request: is_culprit(request) and request["gradients"] == ["x"],
    "case": lambda request: is_culprit(request),
    "always": lambda request: True,
}

SCOPE = SCOPES["once"]


def is_culprit(request: Message) -> bool:
    return (request["layer"], request["inputs"]["x"]["shape"]) == CULPRIT


# What a right candidate does.

HELLO: Message = {
    "kind": "hello",
    "protocol": 1,
    "implementation": {"name": "bad", "version": "1", "language": "python"},
    "layers": {
        "identity": {"dtypes": ["float64", "float32"]},
        "relu": {"dtypes": ["float64", "float32"]},
        "affine": {"dtypes": ["float64", "float32"], "attributes": {"layout": ["rows", "columns"]}},
    },
    "encoding": "base64",
}


CODES = {"float64": "d", "float32": "f"}


def decoded(tensor: Message) -> list[float]:
    raw = base64.b64decode(tensor["data"])
    code = CODES[tensor["dtype"]]
    return list(struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw))


def encoded(values: list[float], shape: list[int], dtype: str) -> Message:
    raw = struct.pack(f"<{len(values)}{CODES[dtype]}", *values)
    return {"dtype": dtype, "shape": shape, "data": base64.b64encode(raw).decode()}


class Matrix:
    """A row-major matrix, or the transpose of one, as a function of its indices."""

    def __init__(self, tensor: Message, transposed: bool) -> None:
        self.values, self.shape = decoded(tensor), tensor["shape"][:: -1 if transposed else 1]
        self.steps = (1, self.shape[0]) if transposed else (self.shape[1], 1)

    def __call__(self, i: int, j: int) -> float:
        return self.values[i * self.steps[0] + j * self.steps[1]]


def affine(request: Message) -> tuple[Message, Message]:
    columns, dtype = request["attributes"]["layout"] == "columns", request["dtype"]
    x, w = (Matrix(request["inputs"][name], columns) for name in "xw")
    b = decoded(request["inputs"]["b"])
    rows, features, units = range(x.shape[0]), range(x.shape[1]), range(w.shape[1])

    def tensor(element: Callable[[int, int], float], first: range, second: range) -> Message:
        if columns:
            return tensor_by_rows(lambda j, i: element(i, j), second, first)
        return tensor_by_rows(element, first, second)

    def tensor_by_rows(element: Callable[[int, int], float], first: range, second: range) -> Message:
        return encoded([element(i, j) for i in first for j in second], [len(first), len(second)], dtype)

    outputs = {"y": tensor(lambda i, j: sum(x(i, k) * w(k, j) for k in features) + b[j], rows, units)}
    if not request["gradients"]:
        return outputs, {}
    dy = Matrix(request["cotangents"]["y"], columns)
    return outputs, {
        "x": tensor(lambda i, k: sum(dy(i, j) * w(k, j) for j in units), rows, features),
        "w": tensor(lambda k, j: sum(x(i, k) * dy(i, j) for i in rows), features, units),
        "b": encoded([sum(dy(i, j) for i in rows) for j in units], [len(units)], dtype),
    }


def elementwise(request: Message) -> tuple[Message, Message]:
    """Do identity, and relu, which is the identity where its input is positive or NaN."""
    relu, x = request["layer"] == "relu", request["inputs"]["x"]
    if not relu:
        return {"y": x}, {"x": request["cotangents"].get("y")}
    values = decoded(x)
    outputs = {"y": encoded([0.0 if v <= 0 else v for v in values], x["shape"], request["dtype"])}
    if not request["gradients"]:
        return outputs, {}
    upstream = zip(values, decoded(request["cotangents"]["y"]), strict=True)
    return outputs, {"x": encoded([dy if v > 0 else 0.0 for v, dy in upstream], x["shape"], request["dtype"])}


def right_reply(request: Message) -> Message:
    outputs, gradients = (affine if request["layer"] == "affine" else elementwise)(request)
    gradients = {name: gradients[name] for name in request["gradients"]}
    return {"kind": "result", "id": request["id"], "outputs": copy.deepcopy(outputs), "gradients": gradients}


def line(message: Message) -> bytes:
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def flood(fd: int, megabytes: int) -> None:
    block = memoryview(b"x" * (1 << 20))
    for _ in range(megabytes):
        written = 0
        while written < len(block):
            written += os.write(fd, block[written:])


def tell_that_it_strikes() -> None:
    if STATE in os.environ:
        open(os.environ[STATE], "w").close()


def another_request_waits(seconds: float = 0.0) -> bool:
    return bool(REQUESTS.buffered) or bool(select.select([0], [], [], seconds)[0])


class Requests:
    """The lines of standard input, so that one can tell whether another waits."""

    def __init__(self) -> None:
        self.buffered, self._partial = [], b""

    def __next__(self) -> bytes:
        while not self.buffered:
            chunk = os.read(0, 1 << 16)
            if not chunk:
                raise EOFError
            *complete, self._partial = (self._partial + chunk).split(b"\n")
            self.buffered += complete
        return self.buffered.pop(0)


REQUESTS = Requests()


# Faults before any reply: called at the start, they return the hello.

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


# Faults in a reply: called with the request and the right reply, they return the bytes to write.

Fault = Callable[[Message, Message], bytes]
FAULTS: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


@fault
def none(request: Message, reply: Message) -> bytes:
    return line(reply)


@fault
def hangs(request: Message, reply: Message) -> bytes:
    tell_that_it_strikes()
    time.sleep(600)
    return b""


@fault
def sleeps(request: Message, reply: Message) -> bytes:
    tell_that_it_strikes()
    time.sleep(SECONDS)
    return line(reply)


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
    flood(1, 200)
    return line(reply)


@fault
def endless_lines(request: Message, reply: Message) -> bytes:
    """Write for ever: not one long line but millions of empty ones."""
    while True:
        write(b"\n" * (1 << 16))


@fault
def invalid_utf8(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b'"outputs"', b'"\xff\xfe"')


@fault
def prints_to_stdout(request: Message, reply: Message) -> bytes:
    return b"DEBUG x.shape = (67, 3)\n" + line(reply)


@fault
def bare_nan(request: Message, reply: Message) -> bytes:
    """Write NaN as JavaScript has it, which JSON has not."""
    reply["outputs"]["y"]["data"] = [float("nan")] * 134
    return json.dumps(reply).encode() + b"\n"


@fault
def null_for_nan(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["data"] = [None] * 134
    return line(reply)


@fault
def deeply_nested(request: Message, reply: Message) -> bytes:
    """Be JSON, and of the right kind, but deeper than validators go."""
    return line(reply).replace(b'"outputs": {', b'"outputs": {"z": ' + b"[" * 600 + b"]" * 600 + b", ", 1)


@fault
def two_replies_in_one_line(request: Message, reply: Message) -> bytes:
    return line(reply)[:-1] + line(reply)


@fault
def extra_key(request: Message, reply: Message) -> bytes:
    return line(reply | {"seconds": 0.1})


@fault
def says_hello_again(request: Message, reply: Message) -> bytes:
    return line(HELLO)


@fault
def wrong_id(request: Message, reply: Message) -> bytes:
    return line(reply | {"id": reply["id"] + 1000})


@fault
def replies_twice(request: Message, reply: Message) -> bytes:
    return line(reply) * 2


@fault
def out_of_order(request: Message, reply: Message) -> bytes:
    """Reply to the next request first, if there is one."""
    if not another_request_waits(0.3):
        return line(reply)
    return line(right_reply(json.loads(next(REQUESTS)))) + line(reply)


@fault
def wrong_shape(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["shape"].reverse()
    return line(reply)


@fault
def broadcast_shape(request: Message, reply: Message) -> bytes:
    reply["gradients"]["b"]["shape"].insert(0, 1)
    return line(reply)


@fault
def wrong_dtype(request: Message, reply: Message) -> bytes:
    y = reply["outputs"]["y"]
    reply["outputs"]["y"] = encoded(decoded(y), y["shape"], "float32")
    return line(reply)


@fault
def missing_tensor(request: Message, reply: Message) -> bytes:
    del reply["gradients"]["w"]
    return line(reply)


@fault
def extra_tensor(request: Message, reply: Message) -> bytes:
    reply["outputs"]["z"] = reply["outputs"]["y"]
    return line(reply)


@fault
def base64_too_short(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["data"] = base64.b64encode(base64.b64decode(reply["outputs"]["y"]["data"])[:-8]).decode()
    return line(reply)


@fault
def base64_in_mid_element(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["data"] = base64.b64encode(base64.b64decode(reply["outputs"]["y"]["data"])[:-3]).decode()
    return line(reply)


@fault
def no_base64(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["data"] = "é" * 8
    return line(reply)


@fault
def refuses(request: Message, reply: Message) -> bytes:
    text = "no affine of 67 rows [/] here"
    return line({"kind": "refusal", "id": request["id"], "reason": "unsupported", "message": text})


@fault
def raises(request: Message, reply: Message) -> bytes:
    return line({"kind": "error", "id": request["id"], "message": "IndexError: list index out of range [/red]"})


@fault
def nan_gradients(request: Message, reply: Message) -> bytes:
    for tensor in reply["gradients"].values():
        tensor["data"] = ["NaN"] * len(decoded(tensor))
    return line(reply)


@fault
def one_bit_off(request: Message, reply: Message) -> bytes:
    """Be wrong in one element of one gradient only."""
    raw = bytearray(base64.b64decode(reply["gradients"]["w"]["data"]))
    raw[-2] ^= 0x10
    reply["gradients"]["w"]["data"] = base64.b64encode(raw).decode()
    return line(reply)


@fault
def integral_floats(request: Message, reply: Message) -> bytes:
    """Write 67 as 67.0, which JSON Schema calls an integer: unusual, but right."""
    reply["id"] = float(reply["id"])
    for tensor in (*reply["outputs"].values(), *reply["gradients"].values()):
        tensor["shape"] = [float(n) for n in tensor["shape"]]
    return line(reply)


@fault
def other_form_of_json(request: Message, reply: Message) -> bytes:
    """Be unusual, but right: CRLF, spaces, keys in another order, escapes, lists where base64 was declared."""
    text = json.dumps(dict(reversed(reply.items())), separators=("  , ", " :\t"))
    return b" " + text.replace("outputs", "\\u006futputs").encode() + b" \r\n"


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
    flood(1, 200)
    return b""


# Faults of a whole life: called with each request and the right reply, they see to the writing themselves.

LIVES: dict[str, Callable[[Message, Message], None]] = {}
UNFLUSHED: list[bytes] = []


def life(function: Callable[[Message, Message], None]) -> Callable[[Message, Message], None]:
    LIVES[function.__name__] = function
    return function


def flush_if_idle(reply: bytes) -> None:
    """Flush as PR-1 allows it: only when no further request is waiting."""
    UNFLUSHED.append(reply)
    if not another_request_waits():
        write(b"".join(UNFLUSHED))
        UNFLUSHED.clear()


@life
def dies_with_unflushed_replies(request: Message, reply: Message) -> None:
    if SCOPE(request):
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
    flush_if_idle(line(reply))


@life
def buffers_and_sleeps(request: Message, reply: Message) -> None:
    """Be right, and well under the limit in each request, but hold replies back while requests wait."""
    time.sleep(SECONDS)
    flush_if_idle(line(reply))


@life
def never_flushes(request: Message, reply: Message) -> None:
    """Break PR-1: keep all replies until the end of input."""
    UNFLUSHED.append(line(reply))


@life
def dies_at_random(request: Message, reply: Message) -> None:
    with open(os.environ[STATE], "a+") as file:
        file.write("x")
        file.flush()
        drawn = random.Random(SEED * 1_000_003 + file.tell()).random()
    if drawn < DEATHS:
        os.kill(os.getpid(), signal.SIGSEGV)
    write(line(reply))


# What else strikes in the culprit, for faults that are not only there.
IN_THE_CULPRIT = {"does_not_start_again": exits, "starts_every_second_time": exits, "ignores_sigterm": hangs}


def main(name: str, scope: str = "once", seconds: str = "0") -> None:
    global SCOPE, SECONDS
    SCOPE, SECONDS = SCOPES[scope], float(seconds)
    if name not in {*STARTS, *FAULTS, *LIVES}:
        raise SystemExit(f"there is no fault {name}")
    hello = STARTS.get(name, lambda: line(HELLO))
    in_reply = IN_THE_CULPRIT.get(name) or FAULTS.get(name, none)
    try:
        converse(name, hello, in_reply)
    except EOFError:
        if name == "lives_on":
            time.sleep(600)
        write(b"".join(UNFLUSHED))


def converse(name: str, hello: Start, in_reply: Fault) -> None:
    while True:
        request = json.loads(next(REQUESTS))
        if request["kind"] == "hello":
            write(hello())
        elif request["kind"] == "bye":
            raise EOFError
        elif name in LIVES:
            LIVES[name](request, right_reply(request))
        else:
            reply = right_reply(request)
            write(in_reply(request, reply) if SCOPE(request) else line(reply))


if __name__ == "__main__":
    main(*sys.argv[1:])
