"""The explanations, told once each."""

from __future__ import annotations

import sys

from rich.console import Console

from command_lines import check, said
from gradspec.corpus.case import Case
from gradspec.diagnosis.account import Account
from gradspec.diagnosis.explanation import Explanation
from gradspec.report import narrative
from paths import ROOT


def test_the_first_source_reads_two_plain_reasons() -> None:
    adapter = ROOT / "conformance" / "adapters" / "numpy" / "candidate.py"
    result = check("--limit", 0, "--", sys.executable, adapter)
    told = said(result).split("What went wrong\n")[1].split("\n\n")[0].splitlines()
    assert result.returncode == 1
    assert [line.strip() for line in told if line.startswith("    ")] == [
        "The exponentials were taken of the logits as they are, so that large logits overflow and very negative ones "
        "vanish [SC-4, SM-3].",
        "Subtract each row's maximum from its logits before taking exponentials [SC-4, SM-3].",
        "The gate was left open where the value before the relu is exactly 0: >= stands where > belongs [RE-3].",
        "Let dx be dy where x > 0, and 0 elsewhere [RE-3].",
    ]


def test_an_explanation_of_several_layers_is_told_once(cases: list[Case]) -> None:
    one, two = (Explanation(layer, "gate_missing", "It was.", "Add it.", (f"{layer}/x/y",), 1) for layer in ("a", "b"))
    console = Console(width=200)
    with console.capture() as captured:
        narrative.show([Account("a", (one,), ""), Account("b", (two,), "fails.")], console)
    text = captured.get()
    assert text.count("It was.") == 1
    assert "gate_missing in a, b: matches 2 of 2 cases that expose it" in text
    assert "b fails." in text
