"""Arrays that a user brings: a ``.npy`` file, or the datasets of an HDF5 file."""

from __future__ import annotations

import io
import math
import tokenize
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from h5py import h5d, h5o, h5s, h5t

from . import files, interrupts
from .files import FixtureError
from .hdf5_profile import LIBRARY_ERRORS, File, opened
from .text import quote

NPY, HDF5 = b"\x93NUMPY", b"\x89HDF\r\n\x1a\n"
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}

Array = npt.NDArray[Any]


def read_user_array(path: Path) -> dict[str, Array]:
    """Return the arrays of a user's file: the one of a ``.npy`` under the file's name, or all numeric ones of an HDF5.

    HDF5 datasets come by their path (``outputs/y``); those that are not numeric are passed over. Byte order
    is the machine's, order row-major.

    Raises
    ------
    FixtureError
        It is neither, is damaged, has no numbers, has links, filters or data elsewhere, or declares more than it has.
    """
    found = files.content(path, remedy="name a .npy or HDF5 file")
    try:
        if found.startswith(NPY):
            return {path.stem: _npy(found)}
        if not found.startswith(HDF5):
            raise FixtureError("is neither .npy nor HDF5; write arrays with numpy.save, or as datasets of an HDF5 file")
        with interrupts.deferred():
            file = opened(found)
            arrays = _all_numbers(file)
    except LIBRARY_ERRORS as error:
        raise FixtureError(f"{path} cannot be read: {quote(str(error))}") from None
    except FixtureError as error:
        raise FixtureError(f"{path}: {error}") from None
    if not arrays:
        raise FixtureError(f"{path} has no dataset of numbers")
    return arrays


def _npy(found: bytes) -> Array:
    stream = io.BytesIO(found)
    version = np.lib.format.read_magic(stream)
    if version not in HEADERS:
        raise FixtureError(f".npy format {version[0]}.{version[1]} is not read; write plain numbers with numpy.save")
    try:
        shape, columns_first, dtype = HEADERS[version](stream)
    except (SyntaxError, tokenize.TokenError):
        raise FixtureError("its header is not one of numpy.save") from None
    if dtype.kind not in "fiu":
        raise FixtureError(f"it holds {quote(str(dtype))}, and must hold floats or integers")
    data = found[stream.tell() :]
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise FixtureError(f"it has {len(data)} bytes of data, and shape {shape} of {dtype} needs another number")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if columns_first else "C")
    return np.array(array, dtype.newbyteorder("="), order="C")


def _all_numbers(file: File) -> dict[str, Array]:
    """Return the numeric datasets of a file, which together may declare no more than the file holds."""
    arrays, left = {}, len(file.content)
    for path in file.addresses:
        array = _numbers(file, path, left)
        if array is not None:
            arrays[path] = array
            left -= array.nbytes
    return arrays


def _numbers(file: File, path: str, most: int) -> Array | None:
    """Return a dataset of `most` bytes, in any layout that lies in the file as it is; None for what is not numeric."""
    if h5o.get_info(file.root, path.encode()).type != h5o.TYPE_DATASET:
        return None
    dataset = h5d.open(file.root, path.encode())
    if dataset.get_type().get_class() not in (h5t.FLOAT, h5t.INTEGER):
        return None
    plist, dtype = dataset.get_create_plist(), dataset.dtype.newbyteorder("=")
    if plist.get_nfilters() or plist.get_external_count() or plist.get_layout() == h5d.VIRTUAL:
        raise FixtureError(f"{path} is compressed or kept elsewhere; write it plainly, into this file")
    if math.prod(dataset.shape) * dtype.itemsize > most:
        raise FixtureError(f"{path} declares shape {dataset.shape}, which is more than the file holds")
    array = np.empty(dataset.shape, dtype)
    if array.size:
        dataset.read(h5s.ALL, h5s.ALL, array)
    return array
