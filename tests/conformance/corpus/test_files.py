"""Any file is read one way and written one way, whatever it is, and whatever happens meanwhile."""

import contextlib
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_lines import SCALAR, gradspec, impossible, reference
from gradspec.corpus import files
from gradspec.corpus.files import FixtureError, WriteError, content, write
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


WAITING = """
import sys
from pathlib import Path
from gradspec.corpus import files, interrupts
with interrupts.handled():
    try:
        with interrupts.raising():
            print("ready", flush=True)
            {}
    except KeyboardInterrupt:
        sys.exit(2)
"""


def unreadable(directory: Path) -> dict[Path, str]:
    (directory / "loop").symlink_to("loop")
    os.mkfifo(directory / "pipe")
    (directory / "sparse").touch()
    os.truncate(directory / "sparse", 1 << 40)
    return {
        Path("/dev/zero"): "is no regular file",
        directory: "is no regular file",
        directory / "pipe": "is no regular file",
        directory / "loop": "its symbolic links lead in a circle",
        directory / "none": "does not exist",
        directory / "sparse": "has more than the 256 MiB",
        directory / ("a" * 300): "its name is too long for the file system",
        directory / "x\0y": "its name or content is not usable",
    }


def test_what_is_no_bounded_regular_file_is_not_read(tmp_path: Path) -> None:
    for path, words in unreadable(tmp_path).items():
        with pytest.raises(FixtureError, match=words):
            content(path)


def test_what_has_another_hash_is_not_given_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert content(tmp_path / "file", sha256=hashlib.sha256(b"abc").hexdigest()) == b"abc"
    with pytest.raises(FixtureError, match="is not the file of the manifest"):
        content(tmp_path / "file", sha256=hashlib.sha256(b"abd").hexdigest())


def test_a_large_file_of_another_hash_never_lies_in_memory(tmp_path: Path) -> None:
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 250 << 20)
    script = f"""
import resource
from pathlib import Path
from gradspec.corpus.files import FixtureError, content
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    content(Path({str(tmp_path / "sparse")!r}), sha256="0" * 64)
except FixtureError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert int(grown) << 10 < 20 << 20


@pytest.mark.parametrize("text", [b'"\\ud800"', b'{"a": "\\uDFFF"}'])
def test_half_a_surrogate_is_no_text(text: bytes) -> None:
    with pytest.raises(FixtureError, match="is no JSON that can be read"):
        files.document(Path("refusals.json"), "refusals", text)


def test_a_link_is_followed_and_a_mode_is_kept(tmp_path: Path) -> None:
    (tmp_path / "goal").write_text("old")
    (tmp_path / "goal").chmod(0o640)
    (tmp_path / "link").symlink_to("goal")
    write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "goal").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "goal").stat().st_mode) == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"goal", "link"}


def test_a_pipe_is_written_through_as_its_reader_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    document, read = b"x" * (1 << 20), []
    reader = threading.Timer(0.2, lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write(tmp_path / "pipe", document)
    reader.join()
    assert read == [document]
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize(
    ("name", "words"), [("/dev/full", "no space is left"), ("loop", "lead in a circle"), (".", "it is a directory")]
)
def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(WriteError, match=words):
        write(tmp_path / name, b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["loop"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with contextlib.suppress(ZeroDivisionError), files.replacing(tmp_path / "file") as temporary:
        temporary.write_text("new")
        raise ZeroDivisionError
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "old")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "block",
    [
        "files.write(Path(sys.argv[1]) / 'pipe', b'x')",
        "\n            with files.replacing(Path(sys.argv[1]) / 'f'):\n                import time; time.sleep(60)",
        "\n            with interrupts.deferred(), files.replacing(Path(sys.argv[1]) / 'f'):\n"
        "                import time; time.sleep(60)",
    ],
    ids=["a pipe without a reader", "a file half written", "deaf"],
)
def test_a_signal_ends_a_write_and_leaves_nothing(tmp_path: Path, block: str, number: int) -> None:
    os.mkfifo(tmp_path / "pipe")
    call = [sys.executable, "-c", WAITING.format(block), str(tmp_path)]
    with subprocess.Popen(call, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
        time.sleep(0.2)
        process.send_signal(number)
        time.sleep(0.7)
        if process.poll() is None:  # deaf to the first
            process.send_signal(number)
    assert process.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
