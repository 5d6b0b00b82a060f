"""Mutations of real files are refused or mean the same: no traceback, no hang, whatever libhdf5 does."""

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gradspec.corpus import fixture
from gradspec.corpus.files import FixtureError
from gradspec.corpus.load import load
from gradspec.verdict import rejections
from hostile import match

SECONDS = 20
CRASH = f"ended by signal {int(signal.SIGSEGV)}"
SOUND = h5py.version.hdf5_version_tuple >= (1, 14, 6)  # older ones crash where they decode damaged attributes


@st.composite
def spoilt(draw: st.DrawFn, content: bytes) -> bytes:
    """Truncate, flip bits, overwrite a run or swap blocks; half of the time near where a structure begins."""
    size, marks = len(content), [0, *(found.start() for found in re.finditer(rb"TREE|SNOD|HEAP|shape\0", content))]
    near = st.builds(lambda mark, by: min(mark + by, size - 1), st.sampled_from(marks), st.integers(0, 300))
    places = st.integers(0, size - 1) | near
    found = bytearray(content)
    match draw(st.sampled_from(["truncate", "flip", "overwrite", "swap"])):
        case "truncate":
            del found[draw(st.integers(0, size - 1)) :]
        case "flip":
            for place, bit in draw(st.lists(st.tuples(places, st.integers(0, 7)), min_size=1, max_size=12)):
                found[place] ^= 1 << bit
        case "overwrite":
            run = draw(st.binary(min_size=1, max_size=64) | st.sampled_from([b"\0" * 8, b"\xff" * 8, b"\x7f" * 4]))
            place = draw(places)
            found[place : place + len(run)] = run
        case "swap":
            length, one, other = draw(st.sampled_from([8, 64, 512])), draw(places), draw(places)
            a, b = content[one : one + length], content[other : other + length]
            found[one : one + len(a)], found[other : other + len(b)] = b, a
    return bytes(found)


def outcome(ask: Callable[[], str]) -> str:
    """Return what `ask` returns, or how it was refused, from a process of its own, where libhdf5 may do its worst."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.alarm(SECONDS)
            os.write(writing, ask().encode()[:4000])
        except FixtureError as error:
            os.write(writing, f"refused: {error}".encode()[:4000])
        except BaseException as error:
            os.write(writing, f"traceback: {error!r}".encode()[:4000])
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return said if status == 0 else f"ended by signal {-status}"


FUZZ = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(data=st.data())
def test_a_mutated_file_is_refused_by_its_hash(tiny: Path, copied: Path, data: st.DataObject) -> None:
    original = (tiny / "relu.h5").read_bytes()
    content = data.draw(spoilt(original))
    assume(content != original)
    (copied / "relu.h5").write_bytes(content)
    with pytest.raises(FixtureError, match="not the file of the manifest"):
        load(copied)


@FUZZ
@given(data=st.data())
def test_a_mutated_file_whose_hash_matches_is_refused_or_says_the_same(tiny: Path, data: st.DataObject) -> None:
    """A mutation of what no reader looks at, such as unused space in a heap, leaves every digest as it was."""
    path = tiny / "relu.h5"
    content, digests = data.draw(spoilt(path.read_bytes())), {case.digest for case in fixture.read(path)}

    def ask() -> str:
        found = {case.digest for case in fixture.read(path, content=content)}
        return "the same" if found and found <= digests else "something else"

    said = outcome(ask)
    assert said == "the same" or said.startswith(f"refused: {path}") or (said == CRASH and not SOUND), said


@FUZZ
@given(data=st.data(), name=st.sampled_from(["manifest.json", "refusals.json"]))
def test_a_mutated_document_is_refused_or_means_the_same(
    tiny: Path, copied: Path, data: st.DataObject, name: str
) -> None:
    """Rejections whose hash was made to match are refused, or can be asked."""
    shutil.copytree(tiny, copied, dirs_exist_ok=True)
    (copied / name).write_bytes(data.draw(spoilt((tiny / name).read_bytes())))
    if name == "refusals.json":
        match(copied)
    try:
        found, asked = load(copied), rejections.load(copied)
    except FixtureError:
        return
    assert [case.digest for case in found] == [case.digest for case in load(tiny)]
    assert all(rejection.message(1, encoding) for rejection in asked for encoding in ("list", "base64"))
