"""The loop of a candidate: it answers as the page does, refuses what it must, and survives what it serves."""

import os
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import orjson
import pytest

from gradspec import candidate
from gradspec.candidate import Tensors, answer
from gradspec.corpus.tensors import encode
from gradspec.transport.protocol import REPLIES, REQUESTS, dump, parse
from messages import Message, conversation, relu, view


@pytest.mark.parametrize("at", [i for i, (_, message) in enumerate(conversation()) if message["kind"] == "evaluate"])
def test_a_reply_of_the_page_is_what_a_candidate_answers(at: int) -> None:
    declared = conversation()[1][1]
    reply = answer(conversation()[at][1], {"relu": relu}, declared["layers"], declared["encoding"])
    assert dump(reply) == dump(conversation()[at + 1][1])


def ask(**changes: Any) -> Message:
    x = {"dtype": "float64", "shape": [1], "data": [1.0]}
    request = conversation()[2][1] | {"inputs": {"x": x}, "cotangents": {"y": x}} | changes
    parse(dump(request), REQUESTS)
    return answer(request, {"relu": relu}, {"relu": {"dtypes": ["float64"], "attributes": {}}}, "list")


INVALID: dict[str, Message] = {
    "an input too many": {"inputs": {"x": encode(np.ones(1), "list"), "z": encode(np.ones(1), "list")}},
    "an input too few": {"inputs": {}},
    "another dtype": {"inputs": {"x": encode(np.ones(1, np.float32), "list")}},
    "an unknown attribute": {"attributes": {"layout": "rows"}},
    "no cotangent": {"cotangents": {}},
    "a misshapen cotangent": {"cotangents": {"y": encode(np.ones(2), "list")}},
    "a cotangent not asked for": {"gradients": []},
    "an unknown gradient": {"gradients": ["y"]},
    "too few elements": {"inputs": {"x": {"dtype": "float64", "shape": [2], "data": [1.0]}}},
    "bad base64": {"inputs": {"x": {"dtype": "float64", "shape": [1], "data": "?"}}},
    "a shape beyond memory": {"inputs": {"x": {"dtype": "float64", "shape": [2**62, 2**62, 0], "data": []}}},
}


@pytest.mark.parametrize("changes", INVALID.values(), ids=INVALID)
def test_a_request_that_breaks_the_spec_is_refused_as_invalid(changes: Message) -> None:
    reply = ask(**changes)
    assert (reply["kind"], reply.get("reason")) == ("refusal", "invalid_input"), reply
    parse(dump(reply), REPLIES)


VIEWED = {"inputs": {"x": view([1.0, 2.0], [1], [1], 1)}}


@pytest.mark.parametrize("changes", [{"layer": "bias"}, {"dtype": "float32"}, {"inputs": {"x": {"same": "x"}}}, VIEWED])
def test_a_request_that_was_not_declared_is_refused_as_unsupported(changes: Message) -> None:
    """PR-6: a layer, a dtype, views, and aliased inputs, which a table never declares."""
    reply = ask(**changes)
    assert (reply["kind"], reply.get("reason")) == ("refusal", "unsupported"), reply


def test_keys_that_a_request_need_not_have_are_ignored() -> None:
    assert ask(colour="blue")["kind"] == "result"


def test_an_exception_is_an_error_reply() -> None:
    def broken(*_: Any) -> tuple[Tensors, Tensors]:
        raise ArithmeticError("no")

    declared = {"relu": {"dtypes": ["float64"], "attributes": {}}}
    reply = answer(conversation()[2][1], {"relu": broken}, declared, "list")
    assert reply == {"kind": "error", "id": 1, "message": "ArithmeticError: no"}
    parse(dump(reply), REPLIES)


LOOP = """
import numpy as np
from gradspec.candidate import serve

def relu(inputs, cotangents, attributes):
    print("this goes to standard error")
    x = inputs["x"]
    return {"y": np.maximum(x, 0)}, {"x": np.where(x > 0, cotangents["y"], 0), "extra": x} if cotangents else {}

serve({"relu": relu}, name="mylib", version="0.3", language="c", dtypes=["float64"], encoding="list")
"""


def test_the_conversation_can_be_had_with_a_process() -> None:
    lines = b"".join(dump(message) for speaker, message in conversation() if speaker == ">")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    call = [sys.executable, "-c", LOOP]
    done = subprocess.run(call, input=lines, capture_output=True, timeout=30, env=environment)
    replies = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert replies[0]["layers"]["relu"].pop("attributes") == {}
    assert replies == [message for speaker, message in conversation() if speaker == "<"]
    assert done.returncode == 0
    assert set(done.stderr.decode().splitlines()) == {"this goes to standard error"}


def test_the_example_of_the_candidate_module_runs() -> None:
    _, _, example = (candidate.__doc__ or "").split("\n\n", 2)
    served: Message = {}
    exec(textwrap.dedent(example), {"np": np, "serve": lambda table, **about: served.update(table)})
    outputs, gradients = served["relu"]({"x": np.array([-1.0, 2.0])}, {"y": np.array([3.0, 4.0])}, {})
    assert (outputs["y"].tolist(), gradients["x"].tolist()) == ([0.0, 2.0], [0.0, 4.0])


@pytest.mark.parametrize(("value", "reason"), [("columns", "unsupported"), ("diagonal", "invalid_input")])
def test_an_attribute_value_is_undeclared_or_unheard_of(value: str, reason: str) -> None:
    """PR-6."""
    request = conversation()[2][1] | {"layer": "affine", "attributes": {"layout": value}}
    declared = {"affine": {"dtypes": ["float64"], "attributes": {"layout": ["rows"]}}}
    reply = answer(request, {"affine": relu}, declared, "list")
    assert (reply["kind"], reply.get("reason")) == ("refusal", reason), reply
