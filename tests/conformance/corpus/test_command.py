"""An output that is full, closed or no longer read is no failure of the candidate."""

import os
from pathlib import Path

import pytest

from command_lines import ONE, SCALAR, impossible, run, said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["list"], ["show", SCALAR], ["check", *ONE]])
def test_an_output_that_is_full(generated: Path, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        impossible(
            run("gradspec", *arguments, "--fixtures", generated, stdout=full),
            "standard output cannot be written: no space is left",
        )


OUTPUTS = pytest.mark.parametrize("arguments", [["list"], ["show", SCALAR], ["check", *ONE]], ids=lambda part: part[0])


@OUTPUTS
def test_a_reader_that_leaves_early_is_no_failure_of_the_candidate(generated: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = run("gradspec", *arguments, "--fixtures", generated, stdout=writing)
    os.close(writing)
    assert (result.returncode, said(result)) == (2, "")


@OUTPUTS
def test_an_output_that_is_closed_is_no_failure_of_the_candidate(generated: Path, arguments: list[str]) -> None:
    result = run("gradspec", *arguments, "--fixtures", generated, stdout=None, preexec_fn=lambda: os.close(1))
    said(result)
    assert result.returncode in (0, 2)
