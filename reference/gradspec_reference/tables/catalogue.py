"""What there is: the table of layers, and how many layers, cases, refusals and mistakes there are."""

from __future__ import annotations

from gradspec.corpus import files, fixture
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.spec import layers as spec_layers

from ..generate import REFUSALS
from ..mistakes import MISTAKES


def layers(pages: str) -> str:
    """Return the table of layers, those of few inputs first, with links to the directory `pages`."""
    rows = ["| layer | inputs | outputs | attributes |", "| --- | --- | --- | --- |"]
    for layer in sorted(spec_layers().values(), key=lambda layer: len(layer.inputs)):
        inputs, outputs = (", ".join(t.name for t in tensors) for tensors in (layer.inputs, layer.outputs))
        link = f"[{layer.name}]({pages}/{layer.name}.md)"
        rows.append(f"| {link} | {inputs} | {outputs} | {', '.join(layer.attributes)} |")
    return "\n".join(rows)


def counts() -> str:
    """Return two sentences, a line each."""
    cases = fixture.read_manifest(FIXTURES)["count"]
    refusals = len(files.document(FIXTURES / REFUSALS, "refusals"))
    names = [mistake.name for own in MISTAKES.values() for mistake in own]
    return (
        f"There are {len(spec_layers())} layers, {cases} cases, and {refusals} requests that must be refused.\n"
        f"The catalogue has {len(names)} known mistakes with {len(set(names))} different names."
    )
