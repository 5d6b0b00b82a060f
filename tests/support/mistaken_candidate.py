"""The reference with a known mistake, another one in each block of ids: ``python mistaken_candidate.py LAYER``.

A request with id `n` is answered with mistake number ``n // BLOCK`` of the layer.
"""

from __future__ import annotations

import sys
from functools import partial

from gradspec.candidate import answer
from gradspec.corpus.spec import layers
from gradspec.transport.protocol import REQUESTS, dump, parse
from gradspec_reference import serve
from gradspec_reference.mistakes import MISTAKES

BLOCK = 1000


def main(layer: str) -> None:
    table = {layer: partial(serve.answer, layer)}
    declared = {layer: {"dtypes": ["float64", "float32"], "attributes": layers()[layer].attributes}}
    about = {"name": "mistaken", "version": "1", "language": "python"}
    for line in sys.stdin.buffer:
        request = parse(line, REQUESTS)
        if request["kind"] == "bye":
            return
        if request["kind"] == "hello":
            reply = {"kind": "hello", "protocol": 1, "implementation": about, "layers": declared, "encoding": "base64"}
        else:
            with MISTAKES[layer][request["id"] // BLOCK].made():
                reply = answer(request, table, declared, "base64")
        sys.stdout.buffer.write(dump(reply))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
