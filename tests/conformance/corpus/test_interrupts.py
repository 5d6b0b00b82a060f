"""Ctrl-C, whenever it comes, ends a command with exit code 2 and a sentence."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradspec.corpus import interrupts

DEAF = """
import time
from gradspec.corpus import interrupts
with interrupts.handled():
    print("ready", flush=True)
    while True:
        time.sleep(0.05)
"""


def test_ctrl_c_while_fixtures_load_is_never_a_traceback() -> None:
    call = [sys.executable, "-m", "gradspec", "list", "--coverage"]
    started = time.monotonic()
    whole = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    lasts = time.monotonic() - started
    codes = []
    for n in range(16):
        with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(lasts * (0.1 + 0.9 * n / 16))  # not before the program has its first line
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=60)
        codes.append(process.returncode)
        if process.returncode == 0:
            assert out == whole
        elif process.returncode == 2:
            assert said == "Error: interrupted\n"
        else:
            assert "gradspec/" not in said  # the interpreter had not come to the program yet
    assert codes.count(2) > 6


def test_a_second_signal_ends_at_once() -> None:
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
        for _ in range(3):  # one press
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        time.sleep(interrupts.ONE_PRESS_SECONDS)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 2


def test_what_is_deferred_is_raised_afterwards(tmp_path: Path) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        with interrupts.deferred():
            signal.raise_signal(signal.SIGINT)
            done.append("the block")
        done.append("what follows")
    assert done == ["the block"]
    assert not interrupts.heard()
