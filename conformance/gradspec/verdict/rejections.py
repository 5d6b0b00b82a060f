"""Requests that a candidate must refuse, and what it makes of them.

Source: ``fixtures/refusals.json``, of which ``spec/schemas/refusals.schema.json`` is the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..corpus import files
from ..corpus.files import FixtureError
from ..corpus.fixture import read_manifest
from ..corpus.location import FIXTURES
from ..corpus.selection import Selection
from ..corpus.spec import layers
from ..corpus.tensors import Message, ProtocolError, decode, encode
from ..transport.supervisor import Fault


@dataclass(frozen=True)
class Rejection:
    """A request that breaks the spec in one way; `why` says which, `clause` where it says so."""

    id: str
    layer: str
    why: str
    clause: str
    request: dict[str, Any]

    def message(self, number: int, encoding: str) -> Message:
        """Return the request as a candidate with this encoding is asked."""
        tensors = {
            group: {k: encode(decode(t, k), encoding) for k, t in self.request[group].items()}
            for group in ("inputs", "cotangents")
        }
        return {"kind": "evaluate", "id": number, "layer": self.layer, **self.request, **tensors}


def load(directory: Path = FIXTURES) -> list[Rejection]:
    """Return the requests of a directory of fixtures; raise `FixtureError` if they are not the manifest's."""
    path = directory / "refusals.json"
    recorded = read_manifest(directory)["refusals"]
    text = files.content(path, files.LARGEST_DOCUMENT, sha256=recorded["sha256"])
    found = [Rejection(**entry) for entry in files.document(path, "refusals", text)]
    if len({rejection.id for rejection in found}) != recorded["count"] or len(found) != recorded["count"]:
        raise FixtureError(f"{path} lists {len(found)} requests, the manifest {recorded['count']} [FX-6]")
    for rejection in found:
        _require_request(path, rejection)
    return found


def _require_request(path: Path, rejection: Rejection) -> None:
    """Raise `FixtureError` unless a request is of a known layer, with tensors that are whole lists [FX-9]."""
    if rejection.layer not in layers() or rejection.id.split("/")[0] != rejection.layer:
        raise FixtureError(f"{path}: {rejection.id} is of no layer of its name [FX-9]")
    for group in ("inputs", "cotangents"):
        for name, tensor in rejection.request[group].items():
            if not isinstance(tensor.get("data"), list) or "strides" in tensor:
                raise FixtureError(f"{path}: {rejection.id} has a tensor {name} that is no list [FX-9]")
            try:
                decode(tensor, name)
            except (ProtocolError, ArithmeticError) as error:
                raise FixtureError(f"{path}: {rejection.id}: {error} [FX-9]") from None


def selected(rejections: Iterable[Rejection], chosen: Selection) -> list[Rejection]:
    """Return the requests that the filters accept; a filter by tag accepts none, as they have no tags."""
    return [r for r in rejections if not chosen.tags and chosen.accepts(r.layer, r.request["dtype"], r.id)]


def why_skipped(rejection: Rejection, declared: Mapping[str, Any]) -> str:
    """Say why a candidate that `declared` so is not asked; empty if it declared the rest of the request."""
    if rejection.layer not in declared:
        return f"layer {rejection.layer} not declared"
    layer, spec = declared[rejection.layer], layers()[rejection.layer]
    for name, values in spec.attributes.items():
        if not set(values) & set(spec.declared(name, layer)):
            return f"no {name} of the spec declared"
        value = rejection.request["attributes"].get(name)
        if value in values and value not in spec.declared(name, layer):
            return f"{name} = {value} not declared"
    return ""


def verdict(reply: Message | Fault) -> tuple[str, str]:
    """Return passed, computed, wrong_reason, error or a fault, and what the candidate said."""
    if isinstance(reply, Fault):
        return reply.fault, reply.message
    if reply["kind"] == "refusal":
        return "passed" if reply["reason"] == "invalid_input" else "wrong_reason", reply["message"]
    if reply["kind"] == "error":
        return "error", reply["message"]
    return "computed", "a result instead of a refusal"
