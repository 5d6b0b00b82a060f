"""The matrix of mistakes, for people."""

from __future__ import annotations

import pytest

from command_lines import reference
from gradspec_reference.mistakes import MISTAKES


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_matrix_can_be_read_by_people(form: str) -> None:
    text = reference("mistakes", "--matrix", "--layer", "identity", "--format", form).output
    for mistake in MISTAKES["identity"]:
        assert mistake.name in text
    assert "sign_of_zero_lost" in text
    assert "np.allclose" in text
    assert "100.0%" in text
