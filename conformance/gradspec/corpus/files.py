"""Read and write the files of the project, each in one way.

What is read is regular, of bounded size, and hashed before it is parsed. What is written appears whole or not at all.
Source: ``spec/fixtures.md``, FX-10 and FX-11.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import select
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import interrupts
from .schema import SchemaError, require
from .text import quote

MEBIBYTE = 1 << 20
LARGEST_FILE = 256 * MEBIBYTE
LARGEST_DOCUMENT = 32 * MEBIBYTE
LARGEST_UNHASHED = 32 * MEBIBYTE  # a larger file is hashed before it is held in memory
RESTORE = "restore the fixtures, or write them with `gradspec-reference generate` [FX-10]"
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
LOOK_AGAIN_SECONDS = 0.05
_TEMPORARIES: set[str] = set()


class FixtureError(Exception):
    """A file cannot be used; the message says which and why."""


class WriteError(Exception):
    """A file cannot be written; the message says which and why."""


REASONS = {
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENAMETOOLONG: "its name is too long for the file system",
    errno.EACCES: "permission is denied",
    errno.EPERM: "it is not permitted",
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "a part of its path is no directory",
    errno.EISDIR: "it is a directory",
    errno.ENOSPC: "no space is left on the device",
    errno.EROFS: "the file system is read-only",
    errno.EPIPE: "its reader has left",
    errno.ENXIO: "nothing is at the other end of it",
    errno.EMFILE: "gradspec itself has too many files open; raise the limit with `ulimit -n`, or lower --jobs",
}


OUTPUT_FAULTS = (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT, errno.EFBIG)


def reason(error: OSError | ValueError, named: bool = False) -> str:
    """Say why an operation on a file failed, as part of a sentence, in which the file may be `named` already."""
    if isinstance(error, OSError) and error.errno is not None:
        where = f"{quote(str(error.filename))}: " if error.filename and not named else ""
        return where + REASONS.get(error.errno, os.strerror(error.errno).lower())
    return f"its name or content is not usable ({quote(str(error))})"


def content(path: Path, largest: int = LARGEST_FILE, remedy: str = RESTORE, sha256: str = "") -> bytes:
    """Return the bytes of a regular file; raise `FixtureError` for anything else, without waiting for a pipe.

    If a `sha256` is given, the bytes must have it.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise FixtureError(f"{path} is no regular file; {remedy}")
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise FixtureError(f"{path} is no regular file; {remedy}")
            if found.st_size > largest:
                raise FixtureError(f"{path} has more than the {largest // MEBIBYTE} MiB that are read [FX-10]")
            if sha256 and found.st_size > LARGEST_UNHASHED:
                _require_hash(path, hashlib.file_digest(stream, "sha256").hexdigest(), sha256)
                stream.seek(0)
            text = stream.read(largest)
    except FileNotFoundError:
        raise FixtureError(f"{path} does not exist; {remedy}") from None
    except (OSError, ValueError) as error:
        raise FixtureError(f"{path} cannot be read: {reason(error, named=True)}") from None
    if sha256:
        _require_hash(path, hashlib.sha256(text).hexdigest(), sha256)
    return text


def _require_hash(path: Path, found: str, wanted: str) -> None:
    if found != wanted:
        raise FixtureError(f"{path} is not the file of the manifest; {RESTORE}")


def document(path: Path, schema: str, text: bytes | None = None) -> Any:
    """Return the JSON document of a file, or of the `text` read from it, that ``schemas/<schema>.schema.json`` accepts.

    Raises
    ------
    FixtureError
        It is no JSON in UTF-8, gives a key twice, has NaN or Infinity for a number, or breaks the schema [FX-11].
    """
    try:
        text = content(path, LARGEST_DOCUMENT) if text is None else text
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        if SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        require(found, schema, len(text))
    except SchemaError as error:
        raise FixtureError(f"{path} is no {schema} [FX-11]: {error}") from None
    except (ValueError, RecursionError) as error:
        raise FixtureError(f"{path} is no JSON that can be read [FX-11]: {quote(str(error))}") from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} comes twice in one object")
        found[key] = value
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def write(path: Path, document: bytes) -> None:
    """Write a file; into a pipe or a device, and into the file that is standard output, the bytes go as they come.

    A `KeyboardInterrupt` leaves a pipe without a reader, where signals raise.

    Raises
    ------
    WriteError
        It cannot be written. A regular file is then as it was before.
    """
    try:
        through = _opened_through(path)
        if through is not None:
            try:
                _write_through(through, document)
            finally:
                os.close(through)
            return
        with replacing(path) as temporary:
            temporary.write_bytes(document)
    except (OSError, ValueError) as error:
        raise WriteError(f"{path} cannot be written: {reason(error, named=True)}") from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside `path`; it takes the place of `path` if the block ends well, and goes if not.

    A symbolic link is followed, and the mode of an older file is kept.
    """
    goal = Path(os.path.realpath(path))
    before = _status(path)
    mask = os.umask(0o077)
    os.umask(mask)
    descriptor, temporary = tempfile.mkstemp(dir=goal.parent, prefix=f".{goal.name[:40]}.")
    _TEMPORARIES.add(temporary)
    try:
        os.close(descriptor)
        yield Path(temporary)
        os.chmod(temporary, 0o666 & ~mask if before is None else stat.S_IMODE(before.st_mode))
        os.replace(temporary, goal)
    finally:
        Path(temporary).unlink(missing_ok=True)
        _TEMPORARIES.discard(temporary)


def same(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file that can be replaced."""
    before = _status(one)
    replaceable = before is None or stat.S_ISREG(before.st_mode)
    return replaceable and os.path.realpath(one) == os.path.realpath(other)


def is_regular(path: Path) -> bool:
    """Tell whether there is a regular file that could be read."""
    try:
        found = _status(path)
    except (OSError, ValueError):
        return False
    return found is not None and stat.S_ISREG(found.st_mode)


def require_writable(option: str, path: Path) -> None:
    """Raise `WriteError` where `write` is known to fail, before a long run."""
    try:
        found = _status(path)
        parent = Path(os.path.realpath(path)).parent
    except (OSError, ValueError) as error:
        raise WriteError(f"{option} cannot be written to this file: {reason(error, named=True)}") from None
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise WriteError(f"{option} must name a file, got the directory {path}")
    if not parent.is_dir():
        raise WriteError(f"{option} cannot be written: {parent} is no directory")


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _opened_through(path: Path) -> int | None:
    """Return a descriptor of what cannot be replaced; None for a regular file, or where there is none yet."""
    found = _status(path)
    if found is None:
        return None
    for own in (1, 2):
        with contextlib.suppress(OSError):
            if os.path.samestat(found, os.fstat(own)):
                return os.dup(own)
    if stat.S_ISREG(found.st_mode):
        return None
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.ENXIO or not stat.S_ISFIFO(found.st_mode):
                raise
        time.sleep(LOOK_AGAIN_SECONDS)


def _write_through(descriptor: int, document: bytes) -> None:
    rest = memoryview(document)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest[: 1 << 16]) :]
        except BlockingIOError:
            select.select([], [descriptor], [], LOOK_AGAIN_SECONDS)


def _remove_temporaries() -> None:
    for temporary in list(_TEMPORARIES):
        with contextlib.suppress(OSError):
            os.unlink(temporary)


interrupts.LAST_DUTIES.append(_remove_temporaries)
