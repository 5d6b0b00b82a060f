"""What is read of headers of the one form is what libhdf5 reads; a header of another form is left to it."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradspec.corpus import headers
from gradspec.corpus.hdf5_profile import attributes, image, opened
from gradspec.corpus.location import FIXTURES


@pytest.mark.parametrize("name", ["identity", "log_loss", "relu"])
def test_every_dataset_and_attribute_of_a_fixture_is_read_as_libhdf5_reads_it(name: str) -> None:
    file = opened((FIXTURES / f"{name}.h5").read_bytes())
    datasets = cases = 0
    for path, address in file.addresses.items():
        found = headers.dataset(file.content, address)
        if h5py.h5o.get_info(file.root, path.encode()).type != h5py.h5o.TYPE_DATASET:
            assert found is None
            if path.count("/") == 1:
                cases += 1
                group = h5py.h5g.open(file.root, path.encode())
                assert headers.texts(file.content, address) == attributes(group)
            continue
        dataset = h5py.h5d.open(file.root, path.encode())
        if len(dataset.shape) > headers.HIGHEST_RANK:
            assert found is None
            continue
        datasets += 1
        assert found is not None
        assert (found.dtype, found.shape) == (dataset.dtype.str, dataset.shape)
        assert found.offset == (dataset.get_offset() or 0)
    assert datasets > 100
    assert cases > 10


def test_a_header_with_anything_else_in_it_is_left_to_libhdf5(tmp_path: Path) -> None:
    makings: dict[str, dict[str, Any]] = {
        "plain": {},
        "chunked": {"chunks": (2, 3)},
        "compressed": {"compression": "gzip"},
        "big_endian": {"dtype": ">f8"},
        "narrow": {"dtype": "<f4"},
        "growing": {"maxshape": (None, 3)},
        "filled": {"fillvalue": 1.0},
    }
    with h5py.File(tmp_path / "x.h5", "w", libver=("earliest", "v108")) as file:
        for name, options in makings.items():
            dataset = file.create_dataset(name, data=np.ones((2, 3)), track_times=False, **options)
            dataset.attrs["shape"] = np.array([2, 3], "<i8")
        file.create_dataset("no_attribute", data=np.ones((2, 3)), track_times=False)
        two = file.create_dataset("two_attributes", data=np.ones((2, 3)), track_times=False)
        two.attrs["shape"] = np.array([2, 3], "<i8")
        two.attrs["units"] = np.array([2, 3], "<i8")
    found = opened((tmp_path / "x.h5").read_bytes())
    assert {name for name, at in found.addresses.items() if headers.dataset(found.content, at)} == {"plain"}


CONTENT = (FIXTURES / "relu.h5").read_bytes()
CASE = "float64/distinct_extents"
ADDRESSES = opened(CONTENT).addresses


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 271), st.integers(0, 255), st.sampled_from(["outputs/y/value", "inputs/x", "meta"]))
def test_a_header_with_one_byte_changed_is_left_alone_or_read_as_libhdf5_reads_it(
    place: int, byte: int, path: str
) -> None:
    address = ADDRESSES[f"{CASE}/{path}"]
    content = bytearray(CONTENT)
    content[address + place] = byte
    found = headers.dataset(bytes(content), address)
    if found is not None:
        dataset = h5py.h5d.open(image(bytes(content)), f"{CASE}/{path}".encode())
        assert (dataset.dtype.str, dataset.shape, dataset.get_offset()) == (found.dtype, found.shape, found.offset)
        assert found.offset + found.count * dataset.dtype.itemsize <= len(content)


@pytest.mark.parametrize("address", [0, 7, len(CONTENT) - 8, len(CONTENT), 1 << 63])
def test_an_address_where_no_header_is_gives_nothing(address: int) -> None:
    assert headers.dataset(CONTENT, address) is None
    assert headers.texts(CONTENT, address) is None
