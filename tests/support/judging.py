"""Judges answers of the independent arithmetic by the fixtures."""

from __future__ import annotations

from gradspec.corpus.case import Case
from gradspec.verdict.judge import Expectation, Judgement
from gradspec_reference.independent.formulas import Tensors


class Judge:
    """Judges every tensor of an answer on its own; it must have those of the case, in their shapes."""

    def __init__(self, case: Case) -> None:
        intervals = {f"outputs/{k}": v for k, v in case.outputs.items()}
        intervals |= {f"gradients/{k}": v for k, v in case.gradients.items()}
        bitwise = case.layer == "identity"
        self.case = case
        self.shapes = {name: i.value.shape for name, i in intervals.items()}
        self.expected = {name: Expectation({name: i}, case.dtype, bitwise) for name, i in intervals.items()}

    def __call__(self, answer: Tensors) -> dict[str, Judgement]:
        assert {name: tensor.shape for name, tensor in answer.items()} == self.shapes, self.case.id
        return {name: e.judge(answer) for name, e in self.expected.items()}
