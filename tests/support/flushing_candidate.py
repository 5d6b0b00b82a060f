"""A candidate that replaces every subnormal number by zero, all layers: ``python flushing_candidate.py [PROFILE]``."""

import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

from gradspec.candidate import serve
from gradspec.corpus.spec import layers
from gradspec_reference.independent.arithmetic import LAYERS
from gradspec_reference.independent.flushing import Flushing, flushed


def identity(inputs: Any, cotangents: Any, _: Any) -> Any:
    return {"y": flushed(inputs["x"])}, {"x": flushed(cotangents["y"])} if cotangents else {}


def answer(layer: str, inputs: Any, cotangents: Any, attributes: Any) -> Any:
    dtype = next(x.dtype.name for x in inputs.values() if x.dtype.kind == "f")
    asked = SimpleNamespace(layer=layer, dtype=dtype, inputs=inputs, cotangents=cotangents, attributes=attributes)
    found: dict[str, dict[str, Any]] = {"outputs": {}, "gradients": {}}
    for path, tensor in Flushing().answer(asked).items():  # type: ignore[arg-type]
        kind, name = path.split("/")
        found[kind][name] = tensor
    return found["outputs"], found["gradients"]


table = {
    name: identity if name == "identity" else partial(answer, name)
    for name in layers()
    if name in (*LAYERS, "identity")
}
serve(table, name="flushing", version="1", profiles=sys.argv[1:])
