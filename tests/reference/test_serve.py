"""The reference as a candidate."""

import pytest

from command_lines import run, said


@pytest.mark.parametrize("text", ["", '{"kind":"bye"}\n'])
def test_serving_ends_with_the_input_or_with_bye(text: str) -> None:
    result = run("gradspec_reference", "serve", input=text)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_serving_garbage_is_refused_with_a_sentence() -> None:
    result = run("gradspec_reference", "serve", input="garbage\n")
    assert "garbage" in said(result)
    assert result.returncode != 0
    assert result.stdout == ""
