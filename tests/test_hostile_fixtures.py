"""Fixtures that are damaged or mean harm are refused with a sentence: no traceback, no hang, nothing used."""

import hashlib
import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gradspec_conformance import fixture, refusals
from gradspec_conformance.cli import main as gradspec
from gradspec_conformance.corpus import FIXTURES
from gradspec_conformance.fixture import Case, FixtureError
from gradspec_conformance.run import load
from gradspec_reference.cli import main as reference

NAMES = ("distinct_extents", "no_elements")
CASE = "float64/distinct_extents"
VALUE = f"{CASE}/outputs/y/value"
SECONDS = 20
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, cases: list[Case]) -> Path:
    """Four cases of relu and its refusals, with their manifest."""
    directory = tmp_path_factory.mktemp("small")
    kept = [c for c in cases if c.layer == "relu" and c.name in NAMES]
    fixture.write(directory / "relu.h5", "relu", kept)
    asked = [r for r in json.loads((FIXTURES / "refusals.json").read_text()) if r["layer"] == "relu"]
    (directory / "refusals.json").write_text(json.dumps(asked))
    manifest = fixture.manifest([directory / "relu.h5"], kept, directory / "refusals.json")
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return directory


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "copied"))


def match(directory: Path) -> None:
    """Make the manifest's hashes those of the files."""
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["files"] = {name: digest(directory / name) for name in manifest["files"]}
    manifest["refusals"]["sha256"] = digest(directory / "refusals.json")
    (directory / "manifest.json").write_text(json.dumps(manifest))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refused(directory: Path, words: str, command: Any = gradspec, *arguments: str) -> None:
    """Demand exit code 2 and one sentence that has these words."""
    arguments = arguments or ("list",)
    result = CliRunner().invoke(command, [*arguments, "--fixtures", str(directory)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    assert result.output.startswith("Error: "), result.output
    assert result.output.count("\n") == 1, result.output
    assert len(result.output) < 1000
    assert words in result.output


# One hostile file each, whose hash the manifest knows.


def change(path: str, make: Callable[[Any, str], Any]) -> Callable[[h5py.File], Any]:
    """Return an edit that puts something else in the place of a dataset."""

    def edit(file: h5py.File) -> None:
        del file[path]
        make(file, path)

    return edit


def stored(dtype: Any, **options: Any) -> Callable[[h5py.File], Any]:
    """Return an edit that stores `value` otherwise, its attribute in place."""

    def make(file: h5py.File, path: str) -> None:
        shape = options.pop("shape", file[f"{CASE}/outputs/y/lo"].shape)
        file.create_dataset(path, shape, dtype, **options).attrs["shape"] = np.array(shape, "<i8")

    return change(VALUE, make)


def compact(file: h5py.File) -> None:
    shape = file[VALUE].shape
    del file[VALUE]
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(shape)
    h5py.h5d.create(file.id, VALUE.encode(), h5py.h5t.IEEE_F64LE, space, plist)
    file[VALUE].attrs["shape"] = np.array(shape, "<i8")


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape := file[VALUE].shape, "<f8")
    layout[...] = h5py.VirtualSource("/etc/passwd", "x", shape=shape)
    del file[VALUE]
    file.create_virtual_dataset(VALUE, layout)
    file[VALUE].attrs["shape"] = np.array(shape, "<i8")


def attribute(path: str, name: str, value: Any) -> Callable[[h5py.File], Any]:
    return lambda file: file[path].attrs.__setitem__(name, value)


def meta(edit: Callable[[str], str]) -> Callable[[h5py.File], Any]:
    """Return an edit of the text of a case's meta."""

    def make(file: h5py.File) -> None:
        text = edit(file[f"{CASE}/meta"][()].tobytes().decode())
        del file[f"{CASE}/meta"]
        file[f"{CASE}/meta"] = np.frombuffer(text.encode(), np.uint8)

    return make


def swap(old: str, new: str) -> Callable[[h5py.File], Any]:
    return meta(lambda text: text.replace(old, new))


UNLISTED = f"{CASE}/inputs/extra"
SPACE = [1 << 40]
HOSTILE: dict[str, tuple[Callable[[h5py.File], Any], str]] = {
    "soft_link": (change(VALUE, lambda f, p: f.__setitem__(p, h5py.SoftLink("/x"))), "is a soft link"),
    "soft_link_cycle": (lambda f: f.__setitem__(f"{CASE}/a", h5py.SoftLink(f"/{CASE}")), "is a soft link"),
    "external_link": (
        change(VALUE, lambda f, p: f.__setitem__(p, h5py.ExternalLink("b.h5", "/"))),
        "is an external link",
    ),
    "hard_link_cycle": (lambda f: f.__setitem__(f"{CASE}/a", f["float64"]), "the same object as float64"),
    "hard_link_to_the_root": (lambda f: f.__setitem__("float64/a", f["/"]), "the same object as /"),
    "shared_dataset": (change(VALUE, lambda f, p: f.__setitem__(p, f[f"{CASE}/outputs/y/lo"])), "the same object"),
    "too_deep": (lambda f: f.create_group("float64/" + "a/" * 500), "deeper than 7 levels"),
    "huge_shape": (stored("<f8", shape=SPACE), "without storage"),
    "huge_chunked_shape": (stored("<f8", shape=SPACE, chunks=(8,)), "is chunked"),
    "huge_product": (stored("<f8", shape=[1 << 31, 1 << 29]), "without storage"),
    "growing_shape": (stored("<f8", maxshape=(None, None)), "is chunked"),
    "variable_length_text": (stored(h5py.string_dtype()), "is of type object"),
    "variable_length_numbers": (stored(h5py.vlen_dtype("<f8")), "is of type object"),
    "references": (stored(h5py.ref_dtype), "is of type object"),
    "enumeration": (stored(bool), "is of type bool"),
    "compound": (stored([("re", "<f8"), ("im", "<f8")]), "is of type"),
    "array_type": (stored("(2,)<f8"), "is of type"),
    "opaque": (stored("V8"), "is of type |V8"),
    "text": (stored("S8"), "is of type |S8"),
    "half_as_wide": (stored("<f4"), "is of type float32"),
    "big_endian": (stored(">f8"), "is of type >f8"),
    "integers_for_floats": (stored("<i8"), "is of type int64"),
    "other_shape": (stored("<f8", shape=[7], data=np.ones(7)), "by its case's meta"),
    "compressed": (stored("<f8", compression="gzip"), "is chunked"),
    "external_storage": (stored("<f8", external=[("/etc/passwd", 0, 1 << 20)]), "is contiguous or without storage"),
    "compact": (compact, "is compact"),
    "virtual": (virtual, "is virtual"),
    "group_for_dataset": (change(VALUE, lambda f, p: f.create_group(p)), "is no dataset"),
    "missing_dataset": (change(VALUE, lambda f, p: None), "lacks outputs/y/value"),
    "missing_group": (change(f"{CASE}/outputs", lambda f, p: None), "lacks outputs"),
    "missing_meta": (change(f"{CASE}/meta", lambda f, p: None), "meta is no dataset"),
    "missing_dtype": (change("float64", lambda f, p: None), "does not match its manifest at 2 cases"),
    "no_cases": (lambda f: f.clear(), "has no cases"),
    "unlisted_dataset": (lambda f: f.__setitem__(UNLISTED, 1.0), "holds inputs/extra"),
    "unlisted_group": (lambda f: f.create_group(UNLISTED), "holds inputs/extra"),
    "unlisted_type": (lambda f: f.__setitem__(UNLISTED, np.dtype("<f8")), "holds inputs/extra"),
    "unlisted_case": (lambda f: f.create_group("float64/extra"), "float64/extra: meta is no dataset"),
    "unknown_dtype": (lambda f: f.create_group("float16"), "float16 is not below"),
    "other_format": (attribute("/", "format", np.bytes_("other")), "the attribute format is 'other'"),
    "later_format": (attribute("/", "format_version", np.int64(2)), "the attribute format_version is 2"),
    "other_layer": (attribute("/", "layer", np.bytes_("bias")), "the attribute layer is 'bias'"),
    "no_format": (lambda f: f.attrs.__delitem__("format"), "the attribute format is None"),
    "variable_length_attribute": (attribute(CASE, "why", "because"), "the attribute why is object"),
    "attribute_not_metas": (attribute(CASE, "why", np.bytes_("x\ny")), r"the attribute why is 'x\\ny'"),
    "attribute_array": (attribute(CASE, "tags", np.arange(4)), "the attribute tags is int64 of shape (4,)"),
    "unlisted_attribute": (attribute(CASE, "extra", np.bytes_("x")), "the attribute extra is 'x'"),
    "unlisted_tensor_attribute": (attribute(VALUE, "extra", 1), "must have one attribute, shape"),
    "long_shape": (attribute(VALUE, "shape", np.zeros(3, "<i8")), "must have one attribute, shape"),
    "meta_not_json": (meta(lambda text: text[:-1]), "no JSON"),
    "meta_nested": (meta(lambda text: "[" * 100_000), "no JSON"),
    "meta_not_text": (change(f"{CASE}/meta", lambda f, p: f.__setitem__(p, np.full(9, 255, np.uint8))), "no JSON"),
    "meta_with_a_key_twice": (swap('{"attributes"', '{"id":"","attributes"'), "the key 'id' stands twice"),
    "meta_with_nan": (swap('"tags":[]', '"tags":NaN'), "NaN is no number"),
    "meta_with_an_unknown_key": (swap('"tags"', '"tagz"'), "is no meta"),
    "meta_of_another_case": (swap("relu/float64/", "relu/float32/"), "its meta says that it is relu/float32/"),
    "meta_of_another_digest": (swap('"digest":"', '"digest":"0'), "digest"),
    "meta_without_a_part": (swap('"gradients/x/lo"', '"gradients/y/lo"'), "gradients/x has hi, value"),
    "meta_with_a_path_out_of_the_case": (swap('"inputs/x"', '"../x"'), "is no meta"),
    "meta_with_escapes": (swap('"why":"', '"why":"\\u001b[2J'), "is no meta"),
}


@pytest.mark.parametrize(("edit", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_though_its_hash_matches(copied: Path, edit: Any, words: str) -> None:
    with h5py.File(copied / "relu.h5", "r+") as file:
        edit(file)
    refused(copied, "relu.h5")
    match(copied)
    refused(copied, words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layer": "rleu"}, "the spec has no layer rleu"),
        ({"gradients": {}}, "cotangent"),
        ({"cotangents": {}}, "cotangent"),
        ({"inputs": {}}, "missing x"),
        ({"outputs": {}}, "no outputs"),
        ({"attributes": {"slope": "steep"}}, "unknown slope"),
        ({"cotangents": {"y": np.ones(3)}}, "must have its shape"),
        ({"inputs": {"x": np.ones((2, 3), np.int64)}}, "must be float64"),
    ],
)
def test_a_case_that_the_layers_contract_does_not_know(
    tmp_path: Path, small: Path, changes: dict[str, Any], words: str
) -> None:
    case = replace(next(c for c in fixture.read(small / "relu.h5") if c.id == f"relu/{CASE}"), **changes)
    fixture.write(tmp_path / f"{case.layer}.h5", case.layer, [case])
    with pytest.raises(FixtureError, match=words):
        list(fixture.read(tmp_path / f"{case.layer}.h5"))


@pytest.mark.parametrize(
    ("value", "lo", "hi"), [(2.0, 0.0, 1.0), (0.0, 1.0, 2.0), (np.nan, 0.0, 1.0), (0.0, np.nan, 1.0)]
)
def test_an_interval_without_its_value(tmp_path: Path, small: Path, value: float, lo: float, hi: float) -> None:
    case = next(c for c in fixture.read(small / "relu.h5") if c.id == f"relu/{CASE}")
    shape = case.inputs["x"].shape
    interval = fixture.Interval(*(np.full(shape, number) for number in (value, lo, hi)))
    fixture.write(tmp_path / "relu.h5", "relu", [replace(case, outputs={"y": interval})])
    with pytest.raises(FixtureError, match="does not hold its value"):
        list(fixture.read(tmp_path / "relu.h5"))


def test_two_files_open_at_once_are_not_taken_for_one(small: Path) -> None:
    paths = [small / "relu.h5", FIXTURES / "bias.h5"]
    pairs = list(zip(*map(fixture.read, paths), strict=False))
    assert {(one.layer, other.layer) for one, other in pairs} == {("relu", "bias")}


# Directories, manifests, refusals.


def test_hashes_are_compared_before_any_file_is_opened(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"]["zzz.h5"] = "0" * 64
    (copied / "manifest.json").write_text(json.dumps(manifest))
    (copied / "zzz.h5").write_bytes(b"")
    monkeypatch.setattr("h5py.h5f.open", lambda *_: pytest.fail("a file was opened"))
    refused(copied, "zzz.h5 is not the file of the manifest")


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


MANIFESTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a_path": (lambda t: t.replace('"relu.h5"', '"../relu.h5"'), "is no manifest"),
    "a_key_twice": (lambda t: t.replace('"count"', '"count": 4, "count"'), "the key 'count' stands twice"),
    "nan": (lambda t: t.replace('"count": 4', '"count": NaN'), "NaN is no number"),
    "long_number": (lambda t: t.replace('"count": 4', '"count": ' + "4" * 9999), "no JSON"),
    "another_count": (lambda t: t.replace('"count": 4', '"count": 5'), "counts 5 cases and lists 4"),
    "another_id": (lambda t: t.replace("relu/float32/no_elements", "relu/float32/other"), "at 2 cases, first relu/"),
    "no_refusals": (lambda t: t.replace('"refusals"', '"refuse"'), "is no manifest"),
    "binary": (lambda t: "\x00\x01\udcff", "no JSON"),
    "deep": (lambda t: '{"files":' * 50_000, "no JSON"),
}


@pytest.mark.parametrize(("edit", "words"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_cannot_be_trusted(copied: Path, edit: Any, words: str) -> None:
    path = copied / "manifest.json"
    path.write_bytes(edit(path.read_text()).encode("utf-8", "surrogateescape"))
    refused(copied, words)
    refused(copied, words, reference, "widths")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda r: r.pop(), "the manifest"),
        (lambda r: r.__setitem__(0, r[1]), "the manifest"),
        (lambda r: r[0].update(layer="rleu"), "is of no layer"),
        (lambda r: r[0]["request"]["inputs"].update(x={"dtype": "float64", "shape": [9], "data": [1.0]}), "needs 9"),
        (lambda r: r[0]["request"]["inputs"].update(x={"dtype": "float64", "shape": [1], "data": [10**400]}), "float"),
        (lambda r: r[0]["request"]["inputs"].update(x={"same": "b"}), "is no list"),
        (lambda r: r[0].update(extra=1), "is no refusals"),
        (lambda r: r.clear(), "lists 0 refusals"),
    ],
)
def test_refusals_that_cannot_be_asked(copied: Path, edit: Any, words: str) -> None:
    path = copied / "refusals.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    refused(copied, "not the file of the manifest", gradspec, "check")
    match(copied)
    refused(copied, words, gradspec, "check")


# Mutations of real files.


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
def test_a_mutated_file_is_refused_by_its_hash(small: Path, copied: Path, data: st.DataObject) -> None:
    original = (small / "relu.h5").read_bytes()
    content = data.draw(spoilt(original))
    assume(content != original)
    (copied / "relu.h5").write_bytes(content)
    with pytest.raises(FixtureError, match="not the file of the manifest"):
        load(copied)


@FUZZ
@given(data=st.data())
def test_a_mutated_file_whose_hash_matches_is_refused_or_says_the_same(small: Path, data: st.DataObject) -> None:
    """A mutation of what no reader looks at, such as unused space in a heap, leaves every digest as it was."""
    path = small / "relu.h5"
    content, digests = data.draw(spoilt(path.read_bytes())), {case.digest for case in fixture.read(path)}

    def ask() -> str:
        found = {case.digest for case in fixture.read(path, content=content)}
        return "the same" if found and found <= digests else "something else"

    said = outcome(ask)
    assert said == "the same" or said.startswith(f"refused: {path}"), said


@FUZZ
@given(data=st.data(), name=st.sampled_from(["manifest.json", "refusals.json"]))
def test_a_mutated_document_is_refused_or_means_the_same(
    small: Path, copied: Path, data: st.DataObject, name: str
) -> None:
    """Refusals whose hash was made to match are refused, or can be asked."""
    shutil.copytree(small, copied, dirs_exist_ok=True)
    (copied / name).write_bytes(data.draw(spoilt((small / name).read_bytes())))
    if name == "refusals.json":
        match(copied)
    try:
        found, asked = load(copied), refusals.load(copied)
    except FixtureError:
        return
    assert [case.digest for case in found] == [case.digest for case in load(small)]
    assert all(refusal.message(1, encoding) for refusal in asked for encoding in ("list", "base64"))
