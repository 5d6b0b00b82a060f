"""What is printed for people: each fault by its name, whatever characters it brings."""

import os
from pathlib import Path

import pytest

from harness import CULPRIT, FEW, HARNESS, NAMES, command, gradspec

pytestmark = HARNESS


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("exits", ["verdict: crash", "exited with code 7", "assertion failed: n < 67"]),
        ("refuses", ["verdict: refused", "no affine of 67 rows [/] here"]),
        ("raises", ["verdict: error", "list index out of range [/red]"]),
        ("one_bit_off", ["verdict: wrong", "gradients/w[2, 1]: got "]),
        ("prints_to_stdout", ["verdict: garbage", "DEBUG x.shape = (67, 3)"]),
    ],
)
def test_the_command_line_shows_the_fault(small: Path, fault: str, words: list[str]) -> None:
    done = gradspec("check", "--fixtures", str(small), *FEW, "--", *command(fault))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("FAILED") == 1
    text = " ".join(done.stdout.split())
    for word in [CULPRIT, *words, f"{len(NAMES)} of ", f"{len(NAMES) - 1} passed, 1 failed"]:
        assert word in text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("fault", ["name_with_markup", "name_in_japanese"])
def test_any_name_can_be_shown(small: Path, fault: str, encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = gradspec("check", "--fixtures", str(small), *FEW, "--", *command(fault), env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    if fault == "name_with_markup":
        assert "m[/]y[red [1.0] against" in done.stdout
    elif encoding == "utf-8":
        assert "名前 1 against" in done.stdout
