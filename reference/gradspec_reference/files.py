"""Text files that this package writes: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write a file in UTF-8, to a temporary name first; raise `OSError` and leave `path` as it is if that fails.

    A link is followed; a pipe or a device is written to as it is.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    goal = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=goal.parent, prefix=f".{goal.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, goal)
    finally:
        Path(temporary).unlink(missing_ok=True)
