"""Files are written whole, or stay as they are."""

import os
import threading
from pathlib import Path

import pytest

from gradspec_reference.files import replace


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before")
    replace(page, "naïve\nafter\n")
    assert page.read_bytes() == "naïve\nafter\n".encode()
    assert os.listdir(tmp_path) == ["page.md"]
    assert page.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_written_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        replace(page, "\ud800")
    assert page.read_text() == "before"
    assert os.listdir(tmp_path) == ["page.md"]
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "none" / "page.md", "after")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    page, link = tmp_path / "page.md", tmp_path / "link.md"
    page.write_text("before")
    link.symlink_to(page)
    replace(link, "after")
    assert link.is_symlink()
    assert page.read_text() == "after"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    replace(pipe, "after")
    reader.join(5)
    assert read == ["after"]
    assert pipe.is_fifo()
