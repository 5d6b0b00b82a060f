"""Fixture files and their manifest: what is written is read, and no manifest is trusted blindly."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from command_lines import gradspec, impossible
from gradspec.corpus import fixture, wrong_answers
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from hostile import refused


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "[" * 300 + "]" * 300, "[" * 100_000, '{"format":"\\ud800"}', '{"count":NaN}']
)
def test_a_manifest_that_is_none(copied: Path, text: str) -> None:
    (copied / "manifest.json").write_text(text)
    impossible(gradspec("list", "--fixtures", copied), "manifest.json")


def test_a_manifest_that_is_not_text(copied: Path) -> None:
    (copied / "manifest.json").write_bytes(b"\xff\xfe")
    impossible(gradspec("list", "--fixtures", copied), "manifest.json")


@pytest.mark.parametrize("command", ["list", "check"])
def test_a_manifest_that_miscounts(copied: Path, command: str) -> None:
    """FX-6: a run is full if it has run that many cases."""
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"count": manifest["count"] + 1}))
    impossible(gradspec(command, "--fixtures", copied), "count")


def test_a_manifest_of_another_spec(copied: Path) -> None:
    path = copied / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"spec_version": "9.9"}))
    impossible(gradspec("list", "--fixtures", copied), "9.9")


MANIFESTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a_path": (lambda t: t.replace('"relu.h5"', '"../relu.h5"'), "is no manifest"),
    "a_key_twice": (lambda t: t.replace('"count"', '"count": 4, "count"'), "the key 'count' comes twice"),
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


def test_two_files_open_at_once_are_not_taken_for_one(tiny: Path) -> None:
    paths = [tiny / "relu.h5", FIXTURES / "bias.h5"]
    pairs = list(zip(*map(fixture.read, paths), strict=False))
    assert {(one.layer, other.layer) for one, other in pairs} == {("relu", "bias")}


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.h5")), ids=lambda path: path.stem)
def test_the_format_is_as_narrow_as_it_says(path: Path) -> None:
    """Through the library's low level: there are a hundred thousand attributes."""
    string, integer, numbers = h5py.h5t.STRING, h5py.h5t.STD_I64LE, ["<f8", "<i8", "|u1"]

    def look(name: bytes) -> None:
        item = h5py.h5o.open(file.id, name)
        for index in range(h5py.h5a.get_num_attrs(item)):
            kind = h5py.h5a.open(item, index=index).get_type()
            fixed = kind.get_class() == string and not kind.is_variable_str()
            assert fixed or kind.equal(integer), name
        if isinstance(item, h5py.h5d.DatasetID):
            assert item.dtype.str in numbers, name
            plan = item.get_create_plist()
            assert plan.get_layout() == h5py.h5d.CONTIGUOUS, name
            assert plan.get_nfilters() == 0, name

    with h5py.File(path) as file:
        h5py.h5o.visit(file.id, look)


def test_a_fixture_read_is_the_fixture_written(tmp_path: Path, cases: list[Case]) -> None:
    relu = [c for c in cases if c.layer == "relu"]
    wrong = wrong_answers.read(FIXTURES, [(c.layer, c.dtype, c.name) for c in relu])
    fixture.write(tmp_path / "relu.h5", "relu", relu, wrong)
    assert [c.digest for c in fixture.read(tmp_path / "relu.h5")] == [c.digest for c in relu]
    assert (tmp_path / "relu.h5").read_bytes() == (FIXTURES / "relu.h5").read_bytes()
