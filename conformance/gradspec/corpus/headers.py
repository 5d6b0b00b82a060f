"""Object headers in the one form that this project writes: where a tensor lies, and what a case's attributes say.

A header of another form is None here, and libhdf5 decides about it: this module accepts nothing that libhdf5 refuses.
The form is that of the HDF5 file format, version 1.1: a superblock and object headers of the earliest version.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

SUPERBLOCK = b"\x89HDF\r\n\x1a\n" + bytes(5) + b"\x08\x08\x00"  # addresses and sizes of 8 bytes
BASE = slice(24, 32)  # where the superblock says at which byte addresses begin
CODES = {
    "<f8": b"\x11\x20\x3f\x00\x08\x00\x00\x00\x00\x00\x40\x00\x34\x0b\x00\x34\xff\x03\x00\x00\x00\x00\x00\x00",
    "<i8": b"\x10\x08\x00\x00\x08\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00",
    "|u1": b"\x10\x00\x00\x00\x01\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00",
}
BEGINNINGS = {code[:5]: dtype for dtype, code in CODES.items()}
FILL_VALUE = b"\x02\x02\x02\x01\x00\x00\x00\x00"  # none
CONTIGUOUS = b"\x03\x01"
INT64 = CODES["<i8"]
TEXT = b"\x13\x01\x00\x00"  # ASCII of fixed length, padded with zeros
SCALAR = b"\x01" + bytes(7)
ADDRESS_BYTES = 8
UNDEFINED = b"\xff" * ADDRESS_BYTES
SPACE, TYPE, FILL, LAYOUT, ATTRIBUTE, CONTINUATION, SYMBOLS, NOTHING = 1, 3, 5, 8, 12, 16, 17, 0
DATASET_BYTES = 256  # of messages
PREFIX = Struct("<HHIIxxxx")  # version, messages, references, bytes of the first block
MESSAGE = Struct("<HHBxxx")  # type, bytes, flags
PARTS = Struct("<BxHHH")  # of an attribute: version, bytes of name, of type, of space
BLOCK = Struct("<QQ")  # of a continuation: address, bytes
HIGHEST_RANK = 3  # of which the header has room
MOST_MESSAGES = 32


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where a contiguous dataset lies: `count` elements of `dtype` from byte `offset`."""

    dtype: str
    shape: tuple[int, ...]
    count: int
    offset: int


def dataset(content: bytes, address: int | None) -> Dataset | None:
    """Return the dataset whose header begins at `address`, if its storage lies in the file and has its shape's size."""
    if address is None or not _plain(content) or address + DATASET_BYTES + PREFIX.size > len(content):
        return None
    rank = content[address + PREFIX.size + MESSAGE.size + 1]
    where = address + PREFIX.size + 2 * MESSAGE.size
    code = where + MESSAGE.size + 8 * rank * (1 + (rank > 0))
    dtype = BEGINNINGS.get(content[code : code + 5])
    if dtype is None or rank > HIGHEST_RANK:
        return None
    shape = _sizes(rank).unpack_from(content, where)
    if math.prod(shape) > len(content):
        return None
    head, size, tail = _form(dtype, shape)
    place = address + len(head)
    if not content.startswith(head, address) or not content.startswith(tail, place + ADDRESS_BYTES):
        return None
    offset = int.from_bytes(content[place : place + ADDRESS_BYTES], "little")
    if not size:
        return Dataset(dtype, shape, 0, 0) if content[place : place + ADDRESS_BYTES] == UNDEFINED else None
    return Dataset(dtype, shape, math.prod(shape), offset) if offset + size <= len(content) else None


def _plain(content: bytes) -> bool:
    return content.startswith(SUPERBLOCK) and not any(content[BASE])


@lru_cache
def _sizes(rank: int) -> Struct:
    return Struct(f"<{rank}Q")


@lru_cache(4096)
def _form(dtype: str, shape: tuple[int, ...]) -> tuple[bytes, int, bytes]:
    """Return a dataset's header up to the address of its storage, the size of that, and the rest of the header."""
    code, sizes = CODES[dtype], _sizes(len(shape)).pack(*shape)
    size = math.prod(shape) * int(dtype[2])
    layout = _message(LAYOUT, CONTIGUOUS + UNDEFINED + size.to_bytes(8, "little") + bytes(6))
    messages = _message(SPACE, _space(shape)) + _message(TYPE, code, flags=1) + _message(FILL, FILL_VALUE, flags=1)
    head = messages + layout[: MESSAGE.size + len(CONTIGUOUS)]
    tail = layout[MESSAGE.size + len(CONTIGUOUS) + ADDRESS_BYTES :]
    if dtype != "|u1":
        tail += _message(
            ATTRIBUTE, PARTS.pack(1, 6, 12, 24) + b"shape".ljust(8, b"\0") + INT64 + _space((len(shape),)) + sizes
        )
    left = DATASET_BYTES - len(head) - ADDRESS_BYTES - len(tail) - MESSAGE.size
    tail += MESSAGE.pack(NOTHING, left, 0)
    return PREFIX.pack(1, 5 + (dtype != "|u1"), 1, DATASET_BYTES) + head, size, tail


def _message(kind: int, body: bytes, flags: int = 0) -> bytes:
    body += bytes(-len(body) % 8)
    return MESSAGE.pack(kind, len(body), flags) + body


def _space(shape: tuple[int, ...]) -> bytes:
    sizes = _sizes(len(shape)).pack(*shape)
    return bytes([1, len(shape), len(shape) > 0]) + bytes(5) + 2 * sizes  # the second time as the largest sizes


def texts(content: bytes, address: int | None) -> dict[str, str] | None:
    """Return the attributes of the group whose header begins at `address`, if they are all fixed-length ASCII."""
    found: dict[str, str] = {}
    try:
        for kind, body in _messages(content, address):
            if kind == ATTRIBUTE:
                version, name, code, space = PARTS.unpack_from(body)
                value = PARTS.size + name + -name % 8 + len(SCALAR) + 8
                told, size = body[value - 16 : value - 12], int.from_bytes(body[value - 12 : value - 8], "little")
                label = body[PARTS.size : PARTS.size + name].decode("ascii")
                if (version, code, space, told, body[value - 8 : value]) != (1, 8, 8, TEXT, SCALAR):
                    return None
                if not label.endswith("\0") or value + size > len(body) or label[:-1] in found:
                    return None
                found[label[:-1]] = body[value : value + size].decode("ascii")
            elif kind not in (SYMBOLS, NOTHING):
                return None
    except (struct.error, OverflowError, UnicodeDecodeError, _OtherFormError):
        return None
    return found


class _OtherFormError(Exception):
    """A header is not of the form that this module reads."""


def _messages(content: bytes, address: int | None) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each message of a header, in all its blocks."""
    if address is None or not _plain(content):
        raise _OtherFormError
    version, count, references, size = PREFIX.unpack_from(content, address)
    blocks = [(address + PREFIX.size, size)]
    if version != 1 or references != 1 or count > MOST_MESSAGES:
        raise _OtherFormError
    for start, size in blocks:
        place, end = start, start + size
        while place < end:
            kind, length, flags = MESSAGE.unpack_from(content, place)
            body = content[place + MESSAGE.size : place + MESSAGE.size + length]
            place += MESSAGE.size + length
            count -= 1
            if flags or count < 0 or place > min(end, len(content)):
                raise _OtherFormError
            if kind == CONTINUATION:
                blocks.append(BLOCK.unpack_from(body))
            else:
                yield kind, body
    if count:
        raise _OtherFormError
