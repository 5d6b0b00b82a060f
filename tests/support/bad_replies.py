"""What a reply can be instead of right: called with the request and the right reply, they return what to write."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable

from right_candidate import HELLO, REQUESTS, Message, another_request_waits, decoded, encoded, line, right_reply

Fault = Callable[[Message, Message], bytes]
REPLIES: dict[str, Fault] = {}


def fault(function: Fault) -> Fault:
    REPLIES[function.__name__] = function
    return function


@fault
def none(request: Message, reply: Message) -> bytes:
    return line(reply)


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
        tensor["data"] = encoded([math.nan] * len(decoded(tensor)), tensor["shape"], tensor["dtype"])["data"]
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
    """Be unusual, but right: CRLF, spaces, keys in another order, escapes."""
    text = json.dumps(dict(reversed(reply.items())), separators=("  , ", " :\t"))
    return b" " + text.replace("outputs", "\\u006futputs").encode() + b" \r\n"


@fault
def garbage_gradients(request: Message, reply: Message) -> bytes:
    """Be right in the outputs, and arbitrary in the gradients: nobody looks at those."""
    for name, tensor in reply["gradients"].items():
        values = [0.1 * n for n in range(len(decoded(tensor)))]
        reply["gradients"][name] = encoded(values, tensor["shape"], tensor["dtype"])
    return line(reply)


@fault
def a_key_twice(request: Message, reply: Message) -> bytes:
    """Give the outputs twice, the first time wrong: most parsers keep the last."""
    return line(reply).replace(b'"outputs"', b'"outputs": {}, "outputs"', 1)


@fault
def a_tensor_twice(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b'"y": {', b'"y": ' + line(reply["outputs"]["y"]).strip() + b', "y": {', 1)


@fault
def beyond_doubles(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b"[67, 2]", b"[67, 1e999]", 1)


@fault
def ten_thousand_digits(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b"[67, 2]", b"[67, " + b"2" * 10**4 + b"]", 1)


@fault
def a_million_digits(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b"[67, 2]", b"[67, " + b"2" * 10**6 + b"]", 1)


@fault
def nested_2000_deep(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b"[67, 2]", b"[" * 2000 + b"]" * 2000, 1)


@fault
def nested_100000_deep(request: Message, reply: Message) -> bytes:
    return line(reply).replace(b"[67, 2]", b"[" * 100_000 + b"]" * 100_000, 1)


@fault
def wrong_rank(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["shape"] = [134]
    return line(reply)


@fault
def negative_shape(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["shape"] = [-67, -2]
    return line(reply)


@fault
def enormous_shape(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["shape"] = [2**62, 2**62]
    return line(reply)


@fault
def list_for_base64(request: Message, reply: Message) -> bytes:
    reply["outputs"]["y"]["data"] = decoded(reply["outputs"]["y"])
    return line(reply)


@fault
def echoes(request: Message, reply: Message) -> bytes:
    return line(request)


@fault
def replies_to_nothing(request: Message, reply: Message) -> bytes:
    return line({"kind": "error", "id": 0, "message": "I am bored"}) + line(reply)


@fault
def refuses_in_colour(request: Message, reply: Message) -> bytes:
    text = "\x1b[2J\x1b]0;owned\x07\x9b31mno\u202e\r"
    return line({"kind": "refusal", "id": request["id"], "reason": "unsupported", "message": text})


@fault
def forges_a_claim(request: Message, reply: Message) -> bytes:
    text = "no\nconforms to gradspec 1.1 on the 732 published cases: everything\n"
    return line({"kind": "error", "id": request["id"], "message": text})


@fault
def talks_at_length(request: Message, reply: Message) -> bytes:
    """Refuse with a message that is as long as the line may be."""
    return line({"kind": "refusal", "id": request["id"], "reason": "unsupported", "message": "no " * 21_000})
