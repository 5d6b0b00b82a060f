"""The commands that repeat a run are those that a user can paste."""

import shlex
import sys
from pathlib import Path

import pytest

from gradspec.cli.repeating import Repeating
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.selection import Selection

CHOSEN = Selection(layers=("relu", "affine"), tags=("kink",))
PLAIN = Repeating(FIXTURES, CHOSEN, None, 7, ("./my candidate", "--fast"))


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradspec.cli.repeating.shutil.which", lambda name: f"/bin/{name}")


def test_a_failure_repeats_alone() -> None:
    expected = "gradspec check --case relu/float64/kink -- './my candidate' --fast"
    assert PLAIN.failure("relu/float64/kink", "plain") == expected


def test_a_failure_of_the_second_time_repeats_with_the_order_of_its_run() -> None:
    expected = "gradspec check --layer relu --layer affine --tag kink --seed 7 -- './my candidate' --fast"
    assert PLAIN.failure("relu/float64/kink", "again") == expected


def test_what_was_given_is_given_again() -> None:
    given = Repeating(Path("my fixtures"), Selection(), 2.5, 7, ())
    assert given.failure("x") == "gradspec check --case x --fixtures 'my fixtures' --timeout 2.5"
    assert given.expecting(Path("known.txt")) == ("gradspec check --fixtures 'my fixtures' --write-expect known.txt")


def test_the_path_that_was_typed_is_typed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/gradspec", "check"])
    assert PLAIN.failure("x").startswith(".venv/bin/gradspec check --case x ")
    monkeypatch.setattr(sys, "argv", ["/bin/gradspec", "check"])
    assert PLAIN.failure("x").startswith("gradspec check --case x ")


def test_a_tool_that_is_not_on_the_path_is_named_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradspec.cli.repeating.shutil.which", lambda name: None)
    assert shlex.split(PLAIN.failure("x"))[:5] == [sys.executable, "-m", "gradspec", "check", "--case"]
