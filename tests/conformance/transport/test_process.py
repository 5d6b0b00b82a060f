"""The harness itself: its memory, its own delays, its command line, and signals."""

import sys
from pathlib import Path

import pytest

from gradspec.corpus.case import Case
from harness import AMPLE, FEW, HARNESS, MEGABYTE, command, judged, measured

pytestmark = HARNESS


def resident(key: str) -> int:
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields[key].split()[0]) << 10


@pytest.mark.parametrize(("fault", "scope"), [("endless_line", "once"), ("floods_stderr", "case")])
def test_memory_stays_bounded_whatever_is_written(few: list[Case], fault: str, scope: str) -> None:
    judged(few, AMPLE, "none")
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    judged(few, AMPLE, fault, scope)
    assert resident("VmHWM") - before < 40 * MEGABYTE


@pytest.mark.parametrize(
    "fault",
    [
        "a_million_digits",
        "endless_hello",
        "endless_line",
        "endless_lines",
        "enormous_shape",
        "floods_everything",
        "floods_stderr",
        "mutters_after_the_reply",
        "nested_100000_deep",
    ],
)
def test_the_whole_program_stays_under_300_megabytes(small: Path, fault: str) -> None:
    call = [sys.executable, "-m", "gradspec", "check", "--fixtures", str(small), *FEW, "--"]
    code, memory = measured([*call, *command(fault)])
    assert code == {"endless_hello": 2, "floods_stderr": 0}.get(fault, 1)
    assert memory < 300 * MEGABYTE
