"""The wrong answers in the fixtures: each is wrong somewhere, and says why with clauses."""

from __future__ import annotations

import re

import numpy as np

from gradspec.corpus.case import Case
from gradspec.corpus.wrong_answers import WrongAnswer
from paths import ROOT


def test_every_stored_tensor_lies_outside_its_interval_somewhere(
    cases: list[Case], stored: dict[str, list[WrongAnswer]]
) -> None:
    for case in cases:
        for told in stored[case.id]:
            assert told.tensors
            for path, tensor in told.tensors.items():
                i = case.interval(path)
                assert tensor.shape == i.value.shape
                inside = (i.lo <= tensor) & (tensor <= i.hi) | np.isnan(tensor) & np.isnan(i.value)
                if case.layer == "identity":
                    inside &= np.signbit(tensor) == np.signbit(i.value)
                assert not inside.all(), (case.id, told.name, path)


def test_both_sentences_cite_clauses_that_exist(stored: dict[str, list[WrongAnswer]]) -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "spec").rglob("*.md"))
    defined = set(re.findall(r"\*\*([A-Z]{2}-[A-Z]?[0-9]+)\*\*", text))
    for own in stored.values():
        for told in own:
            assert told.clauses
            assert set(told.clauses) <= defined
            for sentence in (told.what, told.remedy):
                assert sentence.endswith(f"[{', '.join(told.clauses)}].")
                assert "\n" not in sentence
