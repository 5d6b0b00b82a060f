"""The ways in which one case is asked; its answer may not depend on them.

Source: spec/protocol.md, PR-H4 and PR-H5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..corpus.case import Case
from ..corpus.spec import layers
from ..corpus.tensors import Message, ProtocolError, decode, encode
from . import views
from .judge import Expectation, Judgement

PLAIN = "plain"
AGAIN = "again"
REPLY_BYTES = 1 << 16
BYTES_PER_ELEMENT = 64


@dataclass(frozen=True)
class Variant:
    """One way of asking a case: under a name, for some of its gradients, its tensors perhaps arranged as views."""

    case: Case
    name: str
    gradients: tuple[str, ...]
    arrangement: str = ""

    def message(self, number: int, encoding: str) -> Message:
        """Return the request."""
        cotangents = self.case.cotangents if self.gradients else {}
        return {
            "kind": "evaluate",
            "id": number,
            "layer": self.case.layer,
            "dtype": self.case.dtype,
            "attributes": dict(self.case.attributes),
            "inputs": {k: self._tensor(v, encoding) for k, v in self.case.inputs.items()},
            "cotangents": {k: self._tensor(v, encoding) for k, v in cotangents.items()},
            "gradients": list(self.gradients),
        }

    def _tensor(self, array: Any, encoding: str) -> Message:
        return views.arranged(array, encoding, self.arrangement) if self.arrangement else encode(array, encoding)

    @cached_property
    def reply_bytes(self) -> int:
        """Bound the length of a line that can be an answer."""
        expected = (*self.case.outputs.values(), *self.case.gradients.values())
        return REPLY_BYTES + BYTES_PER_ELEMENT * sum(i.value.size for i in expected)

    def judge(self, reply: Message, encoding: str) -> tuple[Judgement, dict[str, Any]]:
        """Judge a result, and return its tensors by path.

        Raises
        ------
        ProtocolError
            It has not the tensors that it has to have, in the declared encoding.
        """
        required = {t.name for t in layers()[self.case.layer].outputs if t.flows}
        expected = {f"outputs/{k}": v for k, v in self.case.outputs.items() if k in required or k in reply["outputs"]}
        expected |= {f"gradients/{k}": self.case.gradients[k] for k in self.gradients}
        given = {f"{kind}/{k}": t for kind in ("outputs", "gradients") for k, t in reply[kind].items()}
        for what, names in (
            ("lacks", expected.keys() - given.keys()),
            ("has unasked", given.keys() - expected.keys()),
        ):
            if names:
                raise ProtocolError("wrong_shape", f"the result {what} {', '.join(sorted(names))}")
        tensors = {}
        for name, tensor in given.items():
            wanted = list(expected[name].value.shape)
            if tensor["dtype"] != self.case.dtype or tensor["shape"] != wanted:
                got = f"{tensor['dtype']} {tensor['shape']}"
                if tensor["shape"] == wanted[::-1] != wanted and "layout" in self.case.attributes:
                    got += ", the shape that the other layout has"
                raise ProtocolError("wrong_shape", f"{name} must be {self.case.dtype} {wanted}, got {got}")
            tensors[name] = decode(tensor, name, encoding)
        judgement = Expectation(expected, self.case.dtype, bitwise=self.case.bitwise).judge(tensors)
        return judgement, tensors


def variants(case: Case, capabilities: Collection[str] = ()) -> Iterator[Variant]:
    """Yield the ways a case is asked: as it stands, with none or one of its gradients, as views, and once again."""
    names = tuple(case.gradients)
    yield Variant(case, PLAIN, names)
    if names:
        yield Variant(case, "outputs only", ())
    if len(names) > 1:
        for name in names:
            yield Variant(case, f"gradient {name} alone", (name,))
    tensors = [*case.inputs.values(), *case.cotangents.values()]
    for arrangement in views.ARRANGEMENTS if "views" in capabilities else ():
        if views.differs(tensors, arrangement):
            yield Variant(case, f"{arrangement} views", names, arrangement)
    yield Variant(case, AGAIN, names)
