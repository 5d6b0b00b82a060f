"""The conversation as shown: every message of both sides, shortened, with its fault, and no harness bug hidden."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus.text import printable
from gradspec.transport.transcript import HarnessError, Transcript, shortened
from harness import HARNESS, command, gradspec

pytestmark = HARNESS
ONE = ("--case", "identity/float64/scalar", "--case", "affine/float64/many_rows")


def conversation(small: Path, fault: str) -> list[str]:
    done = gradspec("check", "-V", "--fixtures", str(small), *ONE, "--", *command(fault))
    assert "cases run" in done.stdout
    assert not re.search("^[<>!]", done.stdout, re.MULTILINE)
    return done.stderr.splitlines()


def test_both_sides_are_shown_and_the_report_stays_on_standard_output(small: Path) -> None:
    lines = conversation(small, "none")
    assert lines[0] == '> {"kind": "hello", "protocol": 1, "spec": "1.1"}'
    assert lines[1].startswith('< {"kind": "hello", "protocol": 1, "implementation": {"name": "bad"')
    assert '> {"kind": "evaluate", "id": 1, "layer": "identity"' in "\n".join(lines)
    assert '"x": <float64 []: 0.75>' in "\n".join(lines)
    assert re.search(r'"x": <float64 \[67, 3\]: [-0-9.]+, [-0-9.]+, [-0-9.]+, [-0-9.]+, \.\.\.>', "\n".join(lines))
    assert sum(line.startswith('> {"kind": "evaluate"') for line in lines) == sum(
        line.startswith('< {"kind": "result"') for line in lines
    )
    assert lines[-1] == '> {"kind": "bye"}'
    assert max(map(len, lines)) < 1000


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("exits", "! crash: the process exited with code 7"),
        (
            "extra_key",
            "! garbage: result: Additional properties are not allowed ('seconds' was unexpected)",
        ),
        ("prints_to_stdout", "< DEBUG x.shape = (67, 3)"),
        ("deeply_nested", '"z": [[[[['),
    ],
)
def test_what_is_wrong_is_shown_where_it_is_wrong(small: Path, fault: str, words: str) -> None:
    assert words in "\n".join(conversation(small, fault))


def test_a_terminal_gets_no_control_character(small: Path) -> None:
    for fault in ("refuses_in_colour", "screams_in_colour", "name_in_colour"):
        done = gradspec("check", "-V", "--fixtures", str(small), *ONE, "--", *command(fault))
        assert printable(done.stdout + done.stderr) == done.stdout + done.stderr
        assert r"\x1b[2J" in done.stdout


def test_a_message_of_the_harness_that_breaks_its_schema_is_loud() -> None:
    said: list[str] = []
    with pytest.raises(HarnessError, match="gradspec itself broke the protocol, not the candidate: evaluate"):
        Transcript(said.append)(">", b'{"kind":"evaluate","id":-1}\n')
    assert said == ['> {"kind": "evaluate", "id": -1}']


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,01e-dtypeshapdata \\', max_size=80).map(str.encode))
def test_any_line_can_be_shown(line: bytes) -> None:
    assert len(shortened(line)) < 2000


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b'{"dtype":"float64","shape":[2],"data":"!"}', '<float64 [2]: no base64 of such elements: "!">'),
        (b'{"dtype":"float99","shape":[2],"data":"AAAA"}', '<float99 [2]: no base64 of such elements: "AAAA">'),
        (b'{"dtype":"int64","shape":[],"data":3}', "<int64 []: 3>"),
        (b'{"dtype":"float64","shape":[9],"data":[1,2,3,4,5]}', "<float64 [9]: 1, 2, 3, 4, ...>"),
        (
            b'{"dtype":"float64","shape":[1],"data":[1],"strides":[0],"offset":0}',
            "<float64 [1] strides [0] offset 0: 1>",
        ),
        (b'{"m":"' + b"x" * 500 + b'"}', '{"m": "' + "x" * 200 + '"... (500 letters)}'),
        (b"[" * 100 + b"]" * 100, "[[[[[[[[...]]]]]]]]"),
        (b"[" + b"1," * 99 + b"1]", "[" + "1, " * 20 + "...]"),
    ],
)
def test_a_line_is_shortened_sensibly(line: bytes, shown: str) -> None:
    assert shortened(line) == shown


def test_verbose_shows_one_conversation(small: Path) -> None:
    done = gradspec("check", "-V", "--jobs", "2", "--fixtures", str(small), *ONE, "--", *command("none"))
    assert done.returncode == 2
    assert "leave --jobs at 1, got 2" in done.stderr
