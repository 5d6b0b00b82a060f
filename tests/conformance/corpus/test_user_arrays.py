"""Arrays that a user gives are read as they are, or refused with a sentence."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradspec.corpus.files import FixtureError
from gradspec.corpus.user_arrays import read_user_array

KINDS = st.sampled_from(["<f8", ">f8", "<f4", "<f2", "<i8", ">i4", "|u1"])
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@FUZZ
@given(array=arrays.arrays(KINDS, arrays.array_shapes(min_dims=0, min_side=0)), by_columns=st.booleans())
def test_numbers_of_any_kind_and_shape_come_back(tmp_path: Path, array: Any, by_columns: bool) -> None:
    np.save(tmp_path / "y.npy", np.array(array, order="F" if by_columns else "C"))
    with h5py.File(tmp_path / "y.h5", "w") as file:
        file["outputs/y"] = array
    for name, key in (("y.npy", "y"), ("y.h5", "outputs/y")):
        found = read_user_array(tmp_path / name)
        assert list(found) == [key]
        assert (found[key].shape, found[key].dtype) == (array.shape, array.dtype.newbyteorder("="))
        assert np.array_equal(found[key], array, equal_nan=array.dtype.kind == "f")


def test_datasets_without_numbers_are_passed_over_and_chunks_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "y.h5", "w") as file:
        file["note"] = "text"
        file["flag"] = True
        file["type"] = np.dtype("<f8")
        file.create_dataset("y", data=np.arange(6.0), chunks=(4,))
    assert {k: v.tolist() for k, v in read_user_array(tmp_path / "y.h5").items()} == {"y": [0, 1, 2, 3, 4, 5]}


LINE = saved(np.ones(1))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither"),
        (b"PK\x03\x04", "neither"),
        (b"1.0, 2.0", "neither"),
        (LINE[:-1], "7 bytes of data"),
        (LINE + b"\0", "9 bytes of data"),
        (LINE[:20], "cannot be read"),
        (LINE.replace(b"(1,), ", b"(1<<9,)"), "cannot be read"),
        (LINE.replace(b"(1,), }   ", b"(9**99,),}"), "cannot be read"),
        (LINE.replace(b"(1,), }" + b" " * 13, b"(1099511627776,), } "), "8 bytes of data"),
        (LINE.replace(b"(1,), } ", b"(-1,), }"), "8 bytes of data"),
        (LINE.replace(b"(1,), } ", b"(1,      "), "its header is not one"),
        (LINE.replace(b"<f8", b"|O8"), "holds object"),
        (LINE.replace(b"NUMPY\x01", b"NUMPY\x07"), "format 7.0 is not read"),
        (saved(np.array(["a", "b"])), "must hold floats or integers"),
        (saved(np.array([True])), "must hold floats or integers"),
        (saved(np.array([1j])), "must hold floats or integers"),
        (saved(np.array([("a", 1)], [("x", "S1"), ("y", "i4")])), "must hold floats or integers"),
        (saved(np.array([{}, None]), allow_pickle=True), "holds object"),
        (b"\x89HDF\r\n\x1a\n", "cannot be read"),
    ],
)
def test_a_file_that_is_no_array_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "y.npy"
    path.write_bytes(content)
    with pytest.raises(FixtureError, match=words) as caught:
        read_user_array(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda f: f.__setitem__("y", h5py.SoftLink("/x")), "is a soft link"),
        (lambda f: f.__setitem__("y", h5py.ExternalLink("other.h5", "/y")), "is an external link"),
        (lambda f: f.__setitem__("a/b", f["/"]), "the same object as /"),
        (lambda f: f.create_dataset("y", (1 << 50,), "f8"), "more than the file holds"),
        (lambda f: f.create_dataset("y", (1 << 50,), "f8", chunks=(8,)), "more than the file holds"),
        (lambda f: f.create_dataset("y", (10**6,), "f8", compression="gzip", fillvalue=1.0), "is compressed"),
        (lambda f: f.create_dataset("y", (8,), "f8", external=[("/etc/passwd", 0, 64)]), "kept elsewhere"),
        (lambda f: f.create_dataset("y", (8,), h5py.string_dtype()), "no dataset of numbers"),
        (lambda f: f.create_dataset("y", data=np.ones(3, np.complex128)), "no dataset of numbers"),
        (lambda f: f.create_group("y"), "no dataset of numbers"),
    ],
)
def test_hdf5_that_leads_elsewhere_or_declares_too_much(tmp_path: Path, make: Callable[[Any], Any], words: str) -> None:
    with h5py.File(tmp_path / "y.h5", "w") as file:
        make(file)
    with pytest.raises(FixtureError, match=words):
        read_user_array(tmp_path / "y.h5")


@pytest.mark.parametrize("name", ["none.npy", ""])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FixtureError, match=r"does not exist|no regular file"):
        read_user_array(tmp_path / name)


@FUZZ
@given(place=st.integers(0, len(LINE) - 1), run=st.binary(min_size=1, max_size=20), cut=st.integers(1, len(LINE)))
def test_a_mutated_npy_is_read_or_refused(tmp_path: Path, place: int, run: bytes, cut: int) -> None:
    content = bytearray(LINE)
    content[place : place + len(run)] = run
    (tmp_path / "y.npy").write_bytes(content[:cut])
    try:
        (array,) = read_user_array(tmp_path / "y.npy").values()
    except FixtureError:
        return
    assert array.nbytes <= len(LINE)
