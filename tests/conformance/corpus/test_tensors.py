"""Tensors survive the way there and back, views are what they say, and wrong ones are refused."""

import base64
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.corpus.schema import validator
from gradspec.corpus.tensors import SMALLEST_INT64, ProtocolError, decode, encode
from messages import ENCODINGS, Message, view

WORDS = {"float64": (np.uint64, np.float64), "float32": (np.uint32, np.float32), "int64": (np.int64, np.int64)}

SHAPES = st.lists(st.integers(0, 3), max_size=4)


@st.composite
def arrays(draw: st.DrawFn, dtypes: tuple[str, ...] = ("float64", "float32", "int64")) -> Any:
    bits, dtype = WORDS[draw(st.sampled_from(dtypes))]
    shape, limits = draw(SHAPES), np.iinfo(bits)
    size = int(np.prod(shape, dtype=int))
    words = draw(st.lists(st.integers(int(limits.min), int(limits.max)), min_size=size, max_size=size))
    return np.array(words, dtype=bits).view(dtype).reshape(shape)


def there_and_back(array: Any, encoding: str) -> Any:
    """Go through the bytes of a line, as a tensor does."""
    return decode(orjson.loads(orjson.dumps(encode(array, encoding))))


def bits_of(array: Any) -> Any:
    return np.ascontiguousarray(array).view(WORDS[array.dtype.name][0])


def same_numbers(before: Any, after: Any) -> bool:
    """Compare bit for bit, but any NaN with any."""
    same = (bits_of(before) == bits_of(after)) | (np.isnan(before) & np.isnan(after))
    return before.shape == after.shape and before.dtype == after.dtype and bool(same.all())


@given(arrays())
def test_base64_keeps_every_bit(array: Any) -> None:
    after = there_and_back(array, "base64")
    assert (after.dtype, after.shape, after.tobytes()) == (array.dtype, array.shape, array.tobytes())


@given(arrays())
def test_list_keeps_every_number_the_sign_of_zero_and_nan(array: Any) -> None:
    assert same_numbers(array, there_and_back(array, "list"))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_special_numbers_survive(encoding: str, dtype: str) -> None:
    tiny, largest = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    array = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, tiny, -tiny, largest, -largest], dtype=dtype)
    assert same_numbers(array, there_and_back(array, encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0), (2, 0, 3), (1,), (1, 1, 1, 1)])
def test_rank_0_and_sizes_of_0_survive(encoding: str, shape: tuple[int, ...]) -> None:
    after = there_and_back(np.zeros(shape), encoding)
    assert after.shape == shape


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3).T, np.arange(6.0)[::-2], np.arange(3, dtype=">f8")])
def test_a_tensor_is_row_major_and_little_endian_however_it_lies_in_memory(encoding: str, array: Any) -> None:
    tensor = encode(array, encoding)
    assert "strides" not in tensor
    np.testing.assert_array_equal(decode(tensor), array)


@given(arrays(), st.sampled_from(ENCODINGS))
def test_an_encoded_tensor_is_valid(array: Any, encoding: str) -> None:
    assert validator("tensor").is_valid(orjson.loads(orjson.dumps(encode(array, encoding))))


def test_list_writes_numbers_as_the_spec_says() -> None:
    """PR-T2: the shortest decimals, -0.0 as `-0.0`, the others as words."""
    line = orjson.dumps(encode(np.array([-0.0, 0.1, np.nan, np.inf, -np.inf]), "list")["data"])
    assert line == b'[-0.0,0.1,"NaN","Infinity","-Infinity"]'


def test_base64_is_the_bytes_of_the_elements() -> None:
    assert encode(np.array([1.0]), "base64")["data"] == base64.b64encode(b"\0\0\0\0\0\0\xf0\x3f").decode()


def test_smallest_int64_is_a_label_that_survives() -> None:
    label = np.array([SMALLEST_INT64])
    assert [there_and_back(label, encoding).tolist() for encoding in ENCODINGS] == [[-(2**63)], [-(2**63)]]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_is_that_of_the_hello(encoding: str) -> None:
    (other,) = set(ENCODINGS) - {encoding}
    tensor = encode(np.ones(2), encoding)
    assert decode(tensor, "y", encoding).tolist() == [1.0, 1.0]
    with pytest.raises(ProtocolError, match=f"y: data must be in encoding {other}, as the hello declared") as caught:
        decode(tensor, "y", other)
    assert caught.value.fault == "garbage"


def test_an_integral_float_is_a_size() -> None:
    """JSON Schema says so, and some languages write 2 as 2.0."""
    assert decode({"dtype": "float64", "shape": [2.0], "data": [1, 2]}).tolist() == [1.0, 2.0]


WRONG_TENSORS: dict[str, Message] = {
    "too few elements": {"shape": [2], "data": [1.0]},
    "too many elements": {"shape": [], "data": [1.0, 2.0]},
    "elements in an empty tensor": {"shape": [0], "data": [1.0]},
    "base64 without padding": {"shape": [], "data": "AAAAAAAA8D8"},
    "base64 with a line break": {"shape": [], "data": "AAAA\nAAAA8D8="},
    "base64 with a letter beyond ASCII": {"shape": [], "data": "é" * 12},
    "base64 of half an element": {"shape": [1], "data": "AAAAAA=="},
    "an integer beyond int64": {"dtype": "int64", "shape": [1], "data": [2**63]},
    "an integer with a fraction": {"dtype": "int64", "shape": [1], "data": [0.5]},
    "an integer that is a word": {"dtype": "int64", "shape": [1], "data": ["NaN"]},
    "more axes than numpy has": {"shape": [1] * 65, "data": [1.0]},
    "a size beyond memory next to one of 0": {"shape": [2**62, 2**62, 0], "data": []},
    "a size beyond int64 next to one of 0": {"shape": [10**30, 0], "data": []},
}


@pytest.mark.parametrize("tensor", WRONG_TENSORS.values(), ids=WRONG_TENSORS)
def test_a_tensor_that_does_not_hold_what_it_says_is_refused(tensor: Message) -> None:
    with pytest.raises(ProtocolError):
        decode({"dtype": "float64", **tensor})


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data())
def test_a_view_is_what_as_strided_says(encoding: str, data: st.DataObject) -> None:
    shape = data.draw(SHAPES)
    strides = [data.draw(st.integers(0, 7)) for _ in shape]
    offset = data.draw(st.integers(0, 5))
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True) if n)
    buffer = np.arange(last + 1 + data.draw(st.integers(0, 3)), dtype=np.float64)
    expected = np.lib.stride_tricks.as_strided(buffer[offset:], shape, [8 * s for s in strides])
    tensor = encode(buffer, encoding) | {"shape": shape, "strides": strides, "offset": offset}
    np.testing.assert_array_equal(decode(tensor), expected)


RIGHT_VIEWS: dict[str, tuple[Message, Any]] = {
    "a transpose": (view([1.0, 2.0, 3.0, 4.0], [2, 2], [1, 2], 0), [[1.0, 3.0], [2.0, 4.0]]),
    "one element repeated": (view([5.0], [3], [0], 0), [5.0, 5.0, 5.0]),
    "a scalar within": (view([1.0, 2.0], [], [], 1), 2.0),
    "nothing of nothing": (view([], [0], [1], 0), []),
    "nothing from beyond the end": (view([1.0], [0, 2], [1, 1], 9), np.empty((0, 2))),
    "integers written with a fraction": (view([1.0, 2.0], [1.0], [1.0], 1.0), [2.0]),
    "a stride that is never taken": (view([1.0], [1], [2**62], 0), [1.0]),
    "a stride that a size of 0 never takes": (view([], [0], [2**62], 0), []),
}


@pytest.mark.parametrize(("tensor", "expected"), RIGHT_VIEWS.values(), ids=RIGHT_VIEWS)
def test_a_view_decodes(tensor: Message, expected: Any) -> None:
    assert validator("tensor").is_valid(tensor)
    np.testing.assert_array_equal(decode(tensor), np.array(expected, dtype=np.float64))


WRONG_VIEWS: dict[str, Message] = {
    "one element too far": view([1.0, 2.0], [2], [1], 1),
    "a stride too long": view([1.0, 2.0, 3.0], [2, 2], [2, 1], 0),
    "an offset beyond the data": view([1.0], [1], [1], 2**62),
    "a scalar of nothing": view([], [], [], 0),
    "fewer strides than axes": view([1.0], [1], [], 0),
    "more strides than axes": view([1.0], [], [1], 0),
    "a view beyond memory": view([1.0], [2**62], [0], 0),
    "more axes than numpy has": view([1.0], [1] * 65, [0] * 65, 0),
}


@pytest.mark.parametrize("tensor", WRONG_VIEWS.values(), ids=WRONG_VIEWS)
def test_a_view_that_leaves_its_data_is_refused(tensor: Message) -> None:
    with pytest.raises(ProtocolError):
        decode(tensor)
