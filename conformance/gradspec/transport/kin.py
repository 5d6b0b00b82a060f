"""Find the processes that a candidate has started, and kill them with it.

This is best effort: without ``/proc``, only the process group is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

PROC = Path("/proc")
DYING_SECONDS = 0.5  # a busy machine takes a moment to end what was killed
LOOK_SECONDS = 0.002
GUARD = 'read -r group && read -r _; [ -n "$group" ] && kill -s KILL -- "-$group"'

Kin = set[tuple[int, str]]


def kin(leader: int) -> Kin:
    """Return the processes of the session that `leader` leads, and those that descend from it, each with its start."""
    session, children = set[tuple[int, str]](), defaultdict[int, list[tuple[int, str]]](list)
    for number, (state, parent, _, of, started) in _processes().items():
        children[parent].append((number, started))
        if of == leader and state != "Z":
            session.add((number, started))
    found, new = set(session), [leader, *(number for number, _ in session)]
    while new:
        below = [child for child in children[new.pop()] if child not in found]
        found.update(below)
        new += [number for number, _ in below]
    return found


def kill(leader: int, known: Kin) -> None:
    """Kill the group and the session that `leader` leads, its descendants, and those of the `known` that still live.

    Return once they are gone, or after half a second; what they start meanwhile is killed with them.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    deadline = time.monotonic() + DYING_SECONDS
    while time.monotonic() < deadline:
        now = {(number, entry[-1]) for number, entry in _processes().items() if entry[0] != "Z"}
        left = (kin(leader) | known) & now
        if not left:
            return
        for number, _started in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        time.sleep(LOOK_SECONDS)


def guard(leader: int) -> subprocess.Popen[bytes]:
    """Start a process that kills the group of `leader` when this program ends, however it ends."""
    found = subprocess.Popen(
        ["/bin/sh", "-c", GUARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    )
    with contextlib.suppress(BrokenPipeError):
        found.stdin.write(b"%d\n" % leader)  # type: ignore[union-attr]
    return found


def dismiss(found: subprocess.Popen[bytes]) -> None:
    """End a guard whose process has ended."""
    found.kill()
    found.wait()
    found.stdin.close()  # type: ignore[union-attr]


def _processes() -> dict[int, tuple[str, int, int, int, str]]:
    """Return state, parent, group, session and start of every process that can be seen."""
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(PROC):
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    fields = (PROC / name / "stat").read_bytes().rpartition(b")")[2].split()
                    state, parent, group, session = fields[0].decode(), *map(int, fields[1:4])
                    found[int(name)] = (state, parent, group, session, fields[19].decode())
    return found
