"""Hostile fixture files, each one edit away from a right one, and the words with which it is refused."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from command_lines import gradspec

CASE = "float64/distinct_extents"
VALUE = f"{CASE}/outputs/y/value"


def match(directory: Path) -> None:
    """Make the manifest's hashes those of the files."""
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["files"] = {name: digest(directory / name) for name in manifest["files"]}
    manifest["refusals"]["sha256"] = digest(directory / "refusals.json")
    (directory / "manifest.json").write_text(json.dumps(manifest))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def change(path: str, make: Callable[[Any, str], Any]) -> Callable[[h5py.File], Any]:
    """Return an edit that puts something else in the place of a dataset."""

    def edit(file: h5py.File) -> None:
        del file[path]
        make(file, path)

    return edit


def stored(dtype: Any, shape: list[int] | None = None, **options: Any) -> Callable[[h5py.File], Any]:
    """Return an edit that stores `value` otherwise, its attribute in place."""

    def make(file: h5py.File, path: str) -> None:
        sizes = shape or file[f"{CASE}/outputs/y/lo"].shape
        file.create_dataset(path, sizes, dtype, **options).attrs["shape"] = np.array(sizes, "<i8")

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
    "a_long_name": (lambda f: f.create_group(f"{CASE}/" + "a" * 5000), "holds aaaa"),
    "a_name_with_escapes": (lambda f: f.create_group(f"{CASE}/" + "\x1b[2J"), "holds \\x1b[2J"),
    "unlisted_group": (lambda f: f.create_group(UNLISTED), "holds inputs/extra"),
    "unlisted_type": (lambda f: f.__setitem__(UNLISTED, np.dtype("<f8")), "holds inputs/extra"),
    "unlisted_case": (lambda f: f.create_group("float64/extra"), "float64/extra: meta is no dataset"),
    "unknown_dtype": (lambda f: f.create_group("float16"), "float16 is not below"),
    "other_format": (attribute("/", "format", np.bytes_("other")), "attribute format is 'other'"),
    "later_format": (attribute("/", "format_version", np.int64(2)), "attribute format_version is 2"),
    "other_layer": (attribute("/", "layer", np.bytes_("bias")), "attribute layer is 'bias'"),
    "no_format": (lambda f: f.attrs.__delitem__("format"), "attribute format is None"),
    "variable_length_attribute": (attribute(CASE, "why", "because"), "attribute why is object"),
    "attribute_not_metas": (attribute(CASE, "why", np.bytes_("x\ny")), r"attribute why is 'x\\ny'"),
    "attribute_array": (attribute(CASE, "tags", np.arange(4)), "attribute tags is int64 of shape (4,)"),
    "unlisted_attribute": (attribute(CASE, "extra", np.bytes_("x")), "attribute extra is 'x'"),
    "many_attributes": (lambda f: [f[CASE].attrs.__setitem__(f"a{i}", i) for i in range(50)], "56 attributes"),
    "unlisted_tensor_attribute": (attribute(VALUE, "extra", 1), "must have one attribute, shape"),
    "long_shape": (attribute(VALUE, "shape", np.zeros(3, "<i8")), "must have one attribute, shape"),
    "meta_not_json": (meta(lambda text: text[:-1]), "no JSON"),
    "meta_nested": (meta(lambda text: "[" * 100_000), "no JSON"),
    "meta_not_text": (change(f"{CASE}/meta", lambda f, p: f.__setitem__(p, np.full(9, 255, np.uint8))), "no JSON"),
    "meta_with_a_key_twice": (swap('{"attributes"', '{"id":"","attributes"'), "the key 'id' comes twice"),
    "meta_with_nan": (swap('"tags":[]', '"tags":NaN'), "NaN is no number"),
    "meta_with_an_unknown_key": (swap('"tags"', '"tagz"'), "is no meta"),
    "meta_of_another_case": (swap("relu/float64/", "relu/float32/"), "its meta says that it is relu/float32/"),
    "meta_of_another_digest": (swap('"digest":"', '"digest":"0'), "digest"),
    "meta_without_a_part": (swap('"gradients/x/lo"', '"gradients/y/lo"'), "gradients/x has hi, value"),
    "meta_with_a_path_out_of_the_case": (swap('"inputs/x"', '"../x"'), "is no meta"),
    "meta_with_escapes": (swap('"why":"', '"why":"\\u001b[2J'), "is no meta"),
}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def replace_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def refused(directory: Path, words: str, command: Any = gradspec, *arguments: str) -> None:
    """Demand exit code 2 and one sentence that has these words."""
    arguments = arguments or ("list", "--coverage")  # which reads every case whole
    result = command(*arguments, "--fixtures", directory)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    assert result.output.startswith("Error: "), result.output
    assert result.output.count("\n") == 1, result.output
    assert len(result.output) < 1000
    assert words in result.output
