"""A request that must be refused, in the dtype and the setting that a candidate declared.

A fault of a request is a fault in each layout, each reduction and each dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..corpus.spec import InvalidInputError, layers
from ..corpus.tensors import Message, decode
from .rejections import Rejection


def adapted(rejection: Rejection, declared: Mapping[str, Any]) -> Rejection:
    """Return the request for a candidate that lacks its dtype or setting: the same fault, in what it declared.

    Where the change would leave a request that the layer accepts, the request stays as it is.
    """
    if rejection.layer not in declared:
        return rejection
    layer, request, spec = declared[rejection.layer], rejection.request, layers()[rejection.layer]
    if request["dtype"] not in layer["dtypes"]:
        request = _each_tensor(request, _other_dtype) | {"dtype": _OTHER[request["dtype"]]}
    for name, values in spec.attributes.items():
        given = request["attributes"].get(name)
        own = [v for v in spec.declared(name, layer) if v in values]
        if given in values and own and given not in own:
            request = _under(request, name, own[0])
    return replace(rejection, request=request) if _is_refused(rejection.layer, request) else rejection


_OTHER = {"float64": "float32", "float32": "float64"}


def _each_tensor(request: dict[str, Any], change: Callable[[Message], Message]) -> dict[str, Any]:
    groups = ("inputs", "cotangents")
    return {**request, **{group: {k: change(t) for k, t in request[group].items()} for group in groups}}


def _other_dtype(tensor: Message) -> Message:
    return tensor | {"dtype": _OTHER.get(tensor["dtype"], tensor["dtype"])}


def _turned(tensor: Message) -> Message:
    """Return a matrix with its rows as columns; a tensor of another rank stays."""
    if len(tensor["shape"]) != 2:
        return tensor
    rows, columns = tensor["shape"]
    data = [tensor["data"][row * columns + column] for column in range(columns) for row in range(rows)]
    return tensor | {"shape": [columns, rows], "data": data}


def _under(request: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    """Return a request with another value of an attribute, and its tensors laid out as that value has them."""
    changed = {**request, "attributes": {**request["attributes"], name: value}}
    if name == "layout":
        return _each_tensor(changed, _turned)
    first = next(iter(request["inputs"].values()))["shape"]
    examples = first[-1 if request["attributes"].get("layout") == "columns" else 0] if first else 1
    cotangents = {
        key: t | {"shape": [examples], "data": t["data"] * examples} if value == "none" and t["shape"] == [] else t
        for key, t in request["cotangents"].items()
    }
    return {**changed, "cotangents": cotangents}


def _is_refused(layer: str, request: dict[str, Any]) -> bool:
    """Tell whether the contract of a layer refuses a request."""
    inputs, cotangents = (
        {name: decode(tensor, name) for name, tensor in request[group].items()} for group in ("inputs", "cotangents")
    )
    try:
        layers()[layer].check(request["dtype"], request["attributes"], inputs, cotangents, request["gradients"])
    except InvalidInputError:
        return True
    return False
