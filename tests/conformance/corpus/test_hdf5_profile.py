"""Fixtures that mean harm are refused with a sentence: no traceback, no hang, nothing used."""

import json
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from gradspec.cli import main as gradspec
from gradspec.corpus import fixture
from gradspec.corpus.case import Interval
from gradspec.corpus.files import FixtureError
from gradspec.corpus.location import FIXTURES
from gradspec_reference.cli import main as reference
from hostile import CASE, HOSTILE, match

MEBIBYTE = 1 << 20


def refused(directory: Path, words: str, command: Any = gradspec, *arguments: str) -> None:
    """Demand exit code 2 and one sentence that has these words."""
    arguments = arguments or ("list", "--coverage")  # which reads every case whole
    result = CliRunner().invoke(command, [*arguments, "--fixtures", str(directory)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    assert result.output.startswith("Error: "), result.output
    assert result.output.count("\n") == 1, result.output
    assert len(result.output) < 1000
    assert words in result.output


@pytest.mark.parametrize(("edit", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_though_its_hash_matches(copied: Path, edit: Any, words: str) -> None:
    with h5py.File(copied / "relu.h5", "r+") as file:
        edit(file)
    refused(copied, "relu.h5")
    match(copied)
    refused(copied, words)


@pytest.mark.parametrize("edit", [edit for edit, _ in HOSTILE.values()], ids=HOSTILE)
def test_a_list_of_the_metas_of_a_hostile_file_is_one_or_is_refused(copied: Path, edit: Any) -> None:
    """To list the cases, no more than their metas is read of a file whose hash matches."""
    right = CliRunner().invoke(gradspec, ["list", "--fixtures", str(copied)]).output
    with h5py.File(copied / "relu.h5", "r+") as file:
        edit(file)
    match(copied)
    result = CliRunner().invoke(gradspec, ["list", "--fixtures", str(copied)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.output == right or (result.exit_code == 2 and result.output.startswith("Error: ")), result.output


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (gradspec, ["check"]),
        (gradspec, ["list", "--coverage"]),
        (gradspec, ["show", f"relu/{CASE}"]),
        (reference, ["verify", "--layer", "relu"]),
        (reference, ["widths"]),
    ],
)
def test_every_command_refuses_it(copied: Path, command: Any, arguments: list[str]) -> None:
    edit, words = HOSTILE["soft_link_cycle"]
    with h5py.File(copied / "relu.h5", "r+") as file:
        edit(file)
    match(copied)
    refused(copied, words, command, *arguments)


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
    tmp_path: Path, tiny: Path, changes: dict[str, Any], words: str
) -> None:
    case = replace(next(c for c in fixture.read(tiny / "relu.h5") if c.id == f"relu/{CASE}"), **changes)
    fixture.write(tmp_path / f"{case.layer}.h5", case.layer, [case])
    with pytest.raises(FixtureError, match=words):
        list(fixture.read(tmp_path / f"{case.layer}.h5"))


@pytest.mark.parametrize(
    ("value", "lo", "hi"), [(2.0, 0.0, 1.0), (0.0, 1.0, 2.0), (np.nan, 0.0, 1.0), (0.0, np.nan, 1.0)]
)
def test_an_interval_without_its_value(tmp_path: Path, tiny: Path, value: float, lo: float, hi: float) -> None:
    case = next(c for c in fixture.read(tiny / "relu.h5") if c.id == f"relu/{CASE}")
    shape = case.inputs["x"].shape
    interval = Interval(*(np.full(shape, number) for number in (value, lo, hi)))
    fixture.write(tmp_path / "relu.h5", "relu", [replace(case, outputs={"y": interval})])
    with pytest.raises(FixtureError, match="does not hold its value"):
        list(fixture.read(tmp_path / "relu.h5"))


def test_an_index_whose_nodes_share_their_children_is_refused(copied: Path) -> None:
    """Twelve levels of 32 pointers to the same node below: libhdf5 would follow 32 ** 12 paths, all of them empty."""
    content = bytearray((copied / "relu.h5").read_bytes())
    (root,) = struct.unpack_from("<Q", content, 80)
    end, below = len(content), len(content)
    content += b"SNOD" + struct.pack("<BBH", 1, 0, 0) + bytes(8 * 40)
    for level in range(12):
        node = b"TREE" + struct.pack("<BBHqq", 0, level, 32, -1, -1) + struct.pack("<qq", 0, below) * 32 + bytes(8)
        below = len(content)
        content += node
    content[:end] = content[:end].replace(struct.pack("<Q", root), struct.pack("<Q", below))
    struct.pack_into("<Q", content, 40, len(content))
    (copied / "relu.h5").write_bytes(content)
    match(copied)
    refused(copied, "more than two levels")


def test_two_files_open_at_once_are_not_taken_for_one(tiny: Path) -> None:
    paths = [tiny / "relu.h5", FIXTURES / "bias.h5"]
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
