"""What is no file of fixtures is refused by name, before it is opened where that can be."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_lines import SCALAR, gradspec, impossible, reference
from hostile import empty, flip, refused, replace_by_directory, truncate

SPOILERS = [flip, truncate, empty, Path.unlink, replace_by_directory]


@pytest.mark.parametrize("spoil", SPOILERS)
@pytest.mark.parametrize("command", [["check"], ["show", SCALAR]])
def test_a_spoilt_fixture_file_is_named(copied: Path, command: list[str], spoil: Any) -> None:
    spoil(copied / "relu.h5")
    impossible(gradspec(*command, "--fixtures", copied), "relu.h5")


def test_hashes_are_compared_before_any_file_is_opened(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"]["zzz.h5"] = "0" * 64
    (copied / "manifest.json").write_text(json.dumps(manifest))
    (copied / "zzz.h5").write_bytes(b"")
    monkeypatch.setattr("h5py.h5f.open", lambda *_: pytest.fail("a file was opened"))
    refused(copied, "zzz.h5 is not the file of the manifest")


MEBIBYTE = 1 << 20


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(target: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return make


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("name", ["manifest.json", "relu.h5", "refusals.json"])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (pipe, "is no regular file"),
        (directory, "is no regular file"),
        (link("/dev/zero"), "is no regular file"),
        (link("relu.h5"), ""),
        (link("nowhere"), "does not exist"),
        (lambda path: os.truncate(path, 257 * MEBIBYTE), "MiB that are read"),
    ],
    ids=["pipe", "directory", "device", "wrong_file", "dangling", "huge"],
)
def test_what_is_no_file_of_fixtures(copied: Path, name: str, spoil: Any, words: str) -> None:
    spoil(copied / name)
    refused(copied, words, gradspec, "check")
    refused(copied, words, reference, "verify", "--layer", "relu")
