"""Raw tensors: every bit goes there and back, and whatever is wrong with the bytes has a name and a bound."""

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import raw_candidate
from gradspec.candidate import serve
from gradspec.corpus.case import Case
from gradspec.corpus.tensors import ProtocolError, decode, encode
from gradspec.transport.jobs import Jobs
from gradspec.transport.protocol import REPLIES, REQUESTS, following, frame, parse, unfold
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec_reference.layers import LAYERS
from gradspec_reference.serve import answer
from harness import AMPLE, HARNESS, LIMIT, gradspec

pytestmark = HARNESS

RAW = str(Path(raw_candidate.__file__))
FAULTS = {
    "too_few_and_hangs": (LIMIT, "timeout", "only 48 of the 112 bytes that had to follow a line"),
    "too_few_and_exits": (AMPLE, "crash", "only 48 of the 112 bytes that had to follow a line"),
    "too_few_and_goes_on": (LIMIT, "timeout", "only 104 of the 112 bytes that had to follow a line"),
    "too_many": (AMPLE, "garbage", ""),
    "garbage_between": (AMPLE, "garbage", ""),
    "negative": (AMPLE, "garbage", "bytes: -8 is less than the minimum of 0"),
    "negative_tensor": (AMPLE, "garbage", "outputs/y"),
    "no_number": (AMPLE, "garbage", "bytes: True is not of type"),
    "huge": (AMPLE, "garbage", "9007199254740991 bytes, which is more than any reply"),
    "beyond_int64": (AMPLE, "garbage", "bytes: "),
    "just_too_large": (AMPLE, "garbage", "more than any reply"),
    "another_sum": (AMPLE, "garbage", "the tensors take 112 bytes, and the message announces 104"),
    "not_its_shape": (AMPLE, "wrong_shape", "outputs/y: shape [7] needs 7 elements, got 6"),
    "in_mid_element": (AMPLE, "wrong_shape", "outputs/y: 53 bytes are no whole number of float64"),
    "no_sum": (AMPLE, "garbage", "the message must say how many bytes follow it"),
    "bytes_and_data": (AMPLE, "garbage", "outputs/y"),
    "base64_for_raw": (AMPLE, "garbage", "outputs/y: a tensor must have bytes, as the hello declared encoding raw"),
    "bytes_in_an_error": (AMPLE, "garbage", "bytes"),
    "sum_twice": (AMPLE, "garbage", "the key bytes comes twice"),
}
RIGHT = ("none", "byte_by_byte", "integral_float")


def test_every_fault_of_the_candidate_is_tested() -> None:
    assert {*FAULTS, *RIGHT} == set(raw_candidate.FAULTS)


@pytest.fixture
def relus(cases: list[Case]) -> list[Case]:
    """Some cases of identity and relu, of which one is the culprit."""
    wanted = ("identity/float64/scalar", "relu/float64/vector", "relu/float64/no_elements", "relu/float32/vector")
    found = [c for c in cases if c.id in wanted]
    vector = next(c for c in found if c.id == "relu/float64/vector")
    values = np.array([1.5, -2.0, 0.5, 3.0, -1.0, 2.0, -0.25])
    gate, dy = values > 0, np.arange(1.0, 8.0)

    def exactly(x: Any) -> Any:
        return replace(vector.outputs["y"], value=x, lo=x, hi=x)

    culprit = replace(
        vector,
        name="culprit",
        inputs={"x": values},
        cotangents={"y": dy},
        outputs={"y": exactly(np.where(gate, values, 0.0))},
        gradients={"x": exactly(np.where(gate, dy, 0.0))},
    )
    return [found[0], culprit, *found[1:]]


def run_of(relus: list[Case], limit: float, *arguments: str) -> Run:
    candidate, run = Jobs([sys.executable, RAW, *arguments], limit, 1), Run(len(relus))
    try:
        check(run, candidate, relus)
    finally:
        candidate.close()
    assert run.complete
    return run


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(relus: list[Case], name: str) -> None:
    run = run_of(relus, AMPLE, name)
    assert run.failed == {}
    assert run.exit_code == 0


@pytest.mark.parametrize(("name", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_fault_in_the_bytes_of_one_case_fails_it_by_name(
    relus: list[Case], name: str, fault: tuple[float, str, str]
) -> None:
    limit, verdict, words = fault
    run = run_of(relus, limit, name)
    assert run.failed == {"relu/float64/culprit": verdict}
    first = next(r for r in run.results if r.verdict == verdict)
    assert words in first.message
    assert run.exit_code == 1


@pytest.mark.parametrize("name", FAULTS)
def test_the_same_fault_everywhere_ends_as_well(relus: list[Case], name: str) -> None:
    assert run_of(relus, LIMIT, name, "always").exit_code == 1


def test_a_huge_count_costs_no_memory() -> None:
    line = b'{"kind":"result","id":1,"outputs":{},"gradients":{},"bytes":9007199254740991}'
    tracemalloc.start()
    with pytest.raises(ProtocolError, match="more than any reply"):
        unfold(parse(line, REPLIES), memoryview(b""), "raw")
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b'{"kind":"result","bytes":16}', 16),
        (b'{"kind":"result","bytes":16.0}', 16),
        (b'{"kind":"result","bytes":-16}', 0),
        (b'{"kind":"result","bytes":true}', 0),
        (b'{"kind":"result","bytes":"16"}', 0),
        (b'{"kind":"result","bytes":1.5}', 0),
        (b'{"kind":"result","bytes":[16]}', 0),
        (b'{"kind":"result"}', 0),
        (b"[16]", 0),
        (b"bytes 16", 0),
        (b"", 0),
    ],
)
def test_what_a_line_announces(line: bytes, count: int) -> None:
    assert following(line) == count


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_a_request_survives_with_every_bit(dtype: str, shape: tuple[int, ...]) -> None:
    generator = np.random.default_rng(7)
    x = np.frombuffer(generator.bytes(int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize), dtype).reshape(shape)
    request = {"kind": "evaluate", "id": 3, "layer": "identity", "dtype": "float64", "attributes": {}, "gradients": []}
    request |= {"inputs": {"x": encode(x, "raw"), "w": encode(x.T, "raw")}, "cotangents": {"y": encode(x, "raw")}}
    (line,), blocks = frame(request, "raw")
    assert following(line) == sum(block.nbytes for block in blocks) == 3 * x.nbytes
    back = unfold(parse(line, REQUESTS), memoryview(b"".join(blocks)), "raw")
    for tensor, sent in ((back["inputs"]["x"], x), (back["inputs"]["w"], x.T), (back["cotangents"]["y"], x)):
        got = decode(tensor, "x", "raw")
        assert got.shape == sent.shape
        assert got.tobytes() == np.ascontiguousarray(sent).tobytes()


def test_a_candidate_that_declared_base64_must_not_send_bytes() -> None:
    reply = {"kind": "result", "id": 1, "outputs": {"y": encode(np.ones(2), "raw")}, "gradients": {}}
    (line,), _ = frame(reply, "raw")
    with pytest.raises(ProtocolError, match="bytes are for encoding raw only"):
        unfold(parse(line, REPLIES), memoryview(b""), "base64")


def test_the_reference_conforms_over_raw_with_views(tmp_path: Path, cases: list[Case]) -> None:
    done = gradspec("check", "--", sys.executable, str(Path(__file__)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(cases)} of {len(cases)} cases run, {len(cases)} passed" in done.stdout
    assert "conforms to gradspec" in done.stdout


def test_the_transcript_shows_the_numbers(tmp_path: Path) -> None:
    done = gradspec("check", "-V", "--case", "relu/float64/vector", "--", sys.executable, RAW, "none")
    assert done.returncode == 0, done.stderr
    asked = next(line for line in done.stderr.splitlines() if line.startswith("> ") and '"evaluate"' in line)
    told = next(line for line in done.stderr.splitlines() if line.startswith("< ") and '"result"' in line)
    assert '"x": <float64 [5]: 0.58' in asked
    assert '"y": <float64 [5]: 0.58' in told


def test_a_request_with_too_few_bytes_ends_the_helper() -> None:
    line = b'{"kind":"evaluate","id":1,"layer":"identity","dtype":"float64","attributes":{},"inputs":{"x":'
    line += b'{"dtype":"float64","shape":[1],"bytes":8}},"cotangents":{},"gradients":[],"bytes":8}\n'
    done = subprocess.run([sys.executable, __file__], input=line + b"1234", capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"this is no request" in done.stderr


if __name__ == "__main__":
    serve(
        {name: partial(answer, name) for name in LAYERS},
        name="raw",
        version="1",
        encoding="raw",
        capabilities=["views"],
    )
