"""What an HDF5 file must be before anything in it is used: the narrow profile of ``spec/fixtures.md``, FX-12 to FX-14.

The file is opened from memory: the bytes that were hashed are the bytes that are read. libhdf5 only says where an
object lies; the bytes of a tensor are then taken from there, so that no declared size is ever allocated and no filter
runs. `headers` reads an object whose header has the form that this project writes, libhdf5 every other one. Both keep
the same rules, and libhdf5 takes ten times as long.

Under mutation libhdf5 1.14.6 and 2.0.0 refused what was damaged; 1.12.2 and 1.14.2 crashed where they read attributes,
at one mutated file in two hundred. What keeps a user from that is the manifest's hash [FX-10], not this module.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from h5py import h5a, h5d, h5f, h5g, h5l, h5o, h5p, h5t

from . import headers
from .files import FixtureError
from .text import quote

LIBRARY_ERRORS = (OSError, LookupError, ValueError, RuntimeError, TypeError, ArithmeticError, MemoryError)
DEEPEST = 7
LONGEST_TEXT = 1 << 16
MOST_ATTRIBUTES = 16
IMAGES = itertools.count()
# libhdf5 walks a B-tree without asking whether its nodes are distinct: a few that share children keep it for years.
# The byte after "TREE" and a type, and the two at 12 from "BTHD", are the level of a node and the depth of a tree.
DEEP_INDICES = {
    mark: re.compile(pattern, re.DOTALL)
    for mark, pattern in ((b"TREE", rb"TREE[\x00\x01][^\x00\x01]"), (b"BTHD", rb"BTHD.{8}(?!\x00\x00|\x01\x00)"))
}

Array = npt.NDArray[Any]
Types = tuple[tuple[Any, str], ...]

FLOAT: Types = ((h5t.IEEE_F64LE, "<f8"),)
TENSOR: Types = (*FLOAT, (h5t.STD_I64LE, "<i8"))
TEXT: Types = ((h5t.STD_U8LE, "|u1"),)
LINKS = {h5l.TYPE_SOFT: "a soft link", h5l.TYPE_EXTERNAL: "an external link"}
LAYOUTS = {h5d.CONTIGUOUS: "contiguous", h5d.CHUNKED: "chunked", h5d.COMPACT: "compact", h5d.VIRTUAL: "virtual"}


@dataclass(frozen=True)
class File:
    """An HDF5 file in memory; `addresses` has every path, which is one hard link to an object of its own.

    It is empty where nobody has looked at the links.
    """

    content: bytes
    root: Any
    addresses: Mapping[str, int] = field(default_factory=dict)


def image(content: bytes) -> Any:
    """Return the root of the file whose bytes these are, which have been found sound before."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fapl_core(backing_store=False)
    access.set_file_image(content)
    name = b"image %d" % next(IMAGES)  # libhdf5 takes two images of one name for one file
    return h5g.open(h5f.open(name, h5f.ACC_RDONLY, access), b"/")


def opened(content: bytes) -> File:
    """Return the file whose bytes these are, once its links were seen to form a shallow tree [FX-12]."""
    require_flat(content)
    root = image(content)
    where = {h5o.get_info(root).addr: "/"}

    def look(name: bytes, link: Any) -> str | None:  # no exception: h5py does not carry them through safely
        path = name.decode("utf-8", "backslashreplace")
        if link.type != h5l.TYPE_HARD:
            kind = LINKS.get(link.type, "a link of a kind that is not HDF5's own")
            return f"{quote(path)} is {kind}, and must be the object itself [FX-12]"
        if link.u in where:
            return f"{quote(path)} is the same object as {quote(where[link.u])}, and must be its own [FX-12]"
        if path.count("/") >= DEEPEST:
            return f"{quote(path)} lies deeper than {DEEPEST} levels [FX-12]"
        where[link.u] = path
        return None

    fault = root.links.visit(look, info=True)
    if fault is not None:
        raise FixtureError(fault)
    del where[next(iter(where))]
    return File(content, root, {path: address for address, path in where.items()})


def require_flat(content: bytes) -> None:
    """Raise `FixtureError` if an index has more levels than libhdf5 can be trusted to walk [FX-12]."""
    for mark, deep in DEEP_INDICES.items():
        start = content.find(mark)
        while start >= 0:
            if deep.match(content, start):
                raise FixtureError("an index in it has more than two levels, and must be flat [FX-12]")
            start = content.find(mark, start + 1)


def require_paths(found: Collection[str], datasets: Collection[str]) -> None:
    """Raise `FixtureError` unless a case holds just these datasets, and the groups that lead to them [FX-12]."""
    wanted, given = set(datasets), set(found)
    for path in datasets:
        while (path := path.rpartition("/")[0]) and path not in wanted:
            wanted.add(path)
    if given != wanted or len(found) != len(given):
        missing = sorted(wanted - given)
        extra = min(given - wanted, default="a name twice")
        what = f"lacks {missing[0]}" if missing else f"holds {quote(extra)}"
        raise FixtureError(f"it {what}, and must hold what its meta lists and nothing else [FX-12]")


def tensor(file: File, case: str, path: str, types: Types = TENSOR) -> Array:
    """Return a dataset of a case, read-only, of one of these `types`; its storage is what its shape needs [FX-13]."""
    plain = headers.dataset(file.content, file.addresses.get(f"{case}/{path}"))
    if plain is not None and any(plain.dtype == name for _, name in types):
        return np.frombuffer(file.content, plain.dtype, plain.count, plain.offset).reshape(plain.shape)
    try:
        dataset = h5d.open(file.root, f"{case}/{path}".encode())
    except KeyError as error:
        raise FixtureError(f"{path} is no dataset: {error.args[0]} [FX-13]") from None
    stored = dataset.get_type()
    dtype = next((np.dtype(name) for kind, name in types if stored.equal(kind)), None)
    if dtype is None:
        raise FixtureError(f"{path} is of type {_type(stored)}, and must be {' or '.join(n for _, n in types)} [FX-13]")
    shape = dataset.shape
    if types is not TEXT:
        _require_shape_attribute(dataset, path, len(shape))
    count, size, offset = math.prod(shape), dataset.get_storage_size(), dataset.get_offset()
    if offset is None:
        plist = dataset.get_create_plist()
        layout = LAYOUTS.get(plist.get_layout(), "unknown")
        if count or size or layout != "contiguous" or plist.get_nfilters() or plist.get_external_count():
            raise FixtureError(f"{path} is {layout} or without storage, and must be contiguous in this file [FX-13]")
        return np.empty(shape, dtype)
    if size != count * dtype.itemsize or offset + size > len(file.content):
        raise FixtureError(f"{path} of shape {shape} has {size} bytes at {offset}, which is not its own size [FX-13]")
    return np.frombuffer(file.content, dtype, count, offset).reshape(shape)


def _require_shape_attribute(dataset: Any, path: str, rank: int) -> None:
    """Look at names and sizes only: nobody reads the attribute itself."""
    sizes: list[tuple[bytes, int]] = []
    h5a.iterate(dataset, lambda name, info: sizes.append((name, info.data_size)), info=True)
    if sizes != [(b"shape", 8 * rank)]:
        raise FixtureError(f"{path} must have one attribute, shape, of {rank} int64 [FX-14]")


def attributes(target: Any) -> dict[str, str | int]:
    """Return every attribute of an object: fixed-length ASCII or a little-endian int64 [FX-14]."""
    found: dict[str, str | int] = {}
    count = h5a.get_num_attrs(target)
    if count > MOST_ATTRIBUTES:
        raise FixtureError(f"there are {count} attributes, and must be {MOST_ATTRIBUTES} at most [FX-14]")
    for index in range(count):
        attribute = h5a.open(target, index=index)
        name, stored, shape = attribute.name.decode("utf-8", "backslashreplace"), attribute.get_type(), attribute.shape
        size, text = stored.get_size(), stored.get_class() == h5t.STRING and not stored.is_variable_str()
        if shape != () or size > LONGEST_TEXT or not (text or stored.equal(h5t.STD_I64LE)):
            kind = f"{_type(stored)} of shape {shape}"
            raise FixtureError(
                f"attribute {quote(name)} is {kind}, and must be fixed-length ASCII or one int64 [FX-14]"
            )
        value = np.empty((), f"S{size}" if text else "<i8")
        attribute.read(value, stored)  # given the type, h5py need not work it out from the array's
        found[name] = value.tobytes().decode("ascii") if text else int(value)
    return found


def require_attributes(file: File, path: str, wanted: Mapping[str, str | int]) -> None:
    """Raise `FixtureError` unless the group at `path` has just the `wanted` attributes [FX-14]."""
    if headers.texts(file.content, file.addresses.get(path)) == wanted:
        return
    found = attributes(h5g.open(file.root, path.encode()))
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            has, need = (quote(repr(each.get(name))) for each in (found, wanted))
            raise FixtureError(f"attribute {quote(name)} is {has}, and must be {need} [FX-14]")


def _type(stored: Any) -> str:
    try:
        return quote(str(stored.dtype))
    except (TypeError, ValueError):
        return "unknown to NumPy"
