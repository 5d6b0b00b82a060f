"""A mistake is made, and unmade whatever happens."""

from __future__ import annotations

import pytest

from effects import ALL
from gradspec.corpus.case import Case
from gradspec_reference.layers import LAYERS
from gradspec_reference.mistakes import MISTAKES


def test_a_mistake_is_unmade_whatever_happens(cases: list[Case]) -> None:
    before = {layer: (page.forward, page.backward) for layer, page in LAYERS.items()}
    with pytest.raises(ZeroDivisionError), MISTAKES["affine"][0].made():
        raise ZeroDivisionError
    for _, mistake in ALL:
        with mistake.made():
            pass
    assert before == {layer: (page.forward, page.backward) for layer, page in LAYERS.items()}
