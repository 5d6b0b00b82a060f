"""``gradspec-reference serve``: the reference as a candidate, right or with a known mistake."""

from __future__ import annotations

import click

from gradspec.corpus.command import Impossible

from ..mistakes import MISTAKES
from ..serve import main as serve_candidate


@click.command("serve")
@click.option("--mistake", "name", metavar="LAYER/NAME", help="Make this known mistake, and declare this layer only.")
def serve_command(name: str | None) -> None:
    """Be a candidate: answer requests on standard input and output."""
    known = {f"{layer}/{mistake.name}": (layer, mistake) for layer, own in MISTAKES.items() for mistake in own}
    if name is None:
        serve_candidate()
    elif name not in known:
        raise Impossible(f"there is no known mistake {name}; `gradspec-reference mistakes` lists them")
    else:
        layer, mistake = known[name]
        with mistake.made():
            serve_candidate([layer])
