"""What came of one request: a verdict, and what was found in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..corpus.tensors import Message, ProtocolError
from ..transport.supervisor import NOT_ASKED as NOT_ASKED
from ..transport.supervisor import Fault
from .judge import Judgement
from .rejections import Rejection
from .variants import Variant

NOTHING_WRONG = Judgement(0.0, 0.0, ())


@dataclass(frozen=True)
class Result:
    """What came of one variant.

    `verdict` is passed, wrong, refused, error, not_asked, or a fault: timeout, crash, garbage, wrong_id, wrong_shape.
    `answer` holds the tensors of a wrong one, by path.
    """

    variant: Variant
    verdict: str
    message: str = ""
    judgement: Judgement = NOTHING_WRONG
    stderr: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


def verdict(variant: Variant, reply: Message | Fault, encoding: str) -> Result:
    """Turn a reply, or what came instead of one, into a result."""
    if isinstance(reply, Fault):
        return Result(variant, reply.fault, reply.message, stderr=reply.stderr)
    if reply["kind"] == "refusal":
        return Result(variant, "refused", f"{reply['reason']}: {reply['message']}")
    if reply["kind"] == "error":
        return Result(variant, "error", reply["message"])
    try:
        judgement, tensors = variant.judge(reply, encoding)
    except ProtocolError as error:
        return Result(variant, error.fault, str(error))
    if judgement.findings:
        return Result(variant, "wrong", judgement=judgement, answer=tensors)
    return Result(variant, "passed", judgement=judgement)


@dataclass(frozen=True)
class RejectionResult:
    """What came of a request that had to be refused."""

    rejection: Rejection
    verdict: str
    message: str
