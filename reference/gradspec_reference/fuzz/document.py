"""A finding as JSON, and back: an evaluate message of the protocol that says what was found in it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from gradspec.corpus.case import PROFILES
from gradspec.corpus.schema import validator
from gradspec.corpus.spec import InvalidInputError, layers
from gradspec.corpus.tensors import ProtocolError, decode, encode

from ..evaluate import Request
from .attack import Finding


class ReplayError(ValueError):
    """A file holds no request that can be replayed."""


def document(finding: Finding) -> str:
    """Return a finding as one line of JSON."""
    request = finding.request
    message = {
        "kind": "evaluate",
        "id": 0,
        "layer": request.layer,
        "dtype": request.dtype,
        "attributes": dict(request.attributes),
        "inputs": {k: encode(a, "list") for k, a in request.inputs.items()},
        "cotangents": {k: encode(a, "list") for k, a in request.cotangents.items()},
        "gradients": list(request.gradients),
        "finding": {
            "algorithm": finding.algorithm,
            "what": finding.what,
            "profile": finding.profile,
            "tensor": finding.tensor,
            "index": list(finding.index),
            **{name: _number(getattr(finding, name)) for name in ("got", "value", "lo", "hi", "distance")},
        },
    }
    return json.dumps(message)


def _number(x: float) -> float | str:
    return x if math.isfinite(x) else str(x)


def read(path: Path) -> list[tuple[Request, str, str]]:
    """Return the requests of a file, one a line, each with the algorithm and the profile that it names (empty if none).

    Lines that do not begin with a brace are skipped, so that the output of a run can be replayed as it is; a file that
    is one document may have any number of lines.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayError(f"{path} cannot be read: {error}") from None
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = [_parsed(line, path) for line in text.splitlines() if line.startswith("{")]
    if not documents:
        raise ReplayError(f"{path} holds no request: a line with a JSON object is needed, as a run prints it")
    return [_request(message, path) for message in documents]


def _parsed(line: str, path: Path) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ReplayError(f"{path} holds a line that is not JSON ({error}): {line[:60]}") from None


def _request(message: Any, path: Path) -> tuple[Request, str, str]:
    fault = next(iter(validator("evaluate").iter_errors(message)), None)
    if fault is not None:
        raise ReplayError(f"{path} holds no evaluate message: {fault.message[:200]}")
    if message["layer"] not in layers():
        raise ReplayError(f"{path}: there is no layer {message['layer']}; the layers are {', '.join(layers())}")
    try:
        inputs, cotangents = ({k: decode(t, k) for k, t in message[g].items()} for g in ("inputs", "cotangents"))
        asked = inputs, cotangents, tuple(message["gradients"])
        layers()[message["layer"]].check(message["dtype"], message["attributes"], *asked)
    except (ProtocolError, InvalidInputError) as error:
        raise ReplayError(f"{path}: {error}") from None
    about = message.get("finding")
    request = Request(message["layer"], message["dtype"], message["attributes"], *asked)
    algorithm, profile = (str(about.get(k, "")) if isinstance(about, dict) else "" for k in ("algorithm", "profile"))
    if profile and profile not in PROFILES:
        raise ReplayError(f"{path}: there is no profile {profile}; the profiles are {', '.join(PROFILES)}")
    return request, algorithm, profile
