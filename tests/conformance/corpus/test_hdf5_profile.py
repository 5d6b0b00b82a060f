"""Hostile fixtures are refused with a sentence: no traceback, no hang, nothing used."""

import struct
from pathlib import Path
from typing import Any

import h5py
import pytest

from command_lines import gradspec, reference
from hostile import CASE, HOSTILE, match, refused


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
    right = gradspec("list", "--fixtures", copied).output
    with h5py.File(copied / "relu.h5", "r+") as file:
        edit(file)
    match(copied)
    result = gradspec("list", "--fixtures", copied)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.output == right or (result.exit_code == 2 and result.output.startswith("Error: ")), result.output


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (gradspec, ["check"]),
        (gradspec, ["list", "--coverage"]),
        (gradspec, ["show", f"relu/{CASE}"]),
        (reference, ["verify", "--layer", "relu"]),
    ],
)
def test_every_command_refuses_it(copied: Path, command: Any, arguments: list[str]) -> None:
    edit, words = HOSTILE["soft_link_cycle"]
    with h5py.File(copied / "relu.h5", "r+") as file:
        edit(file)
    match(copied)
    refused(copied, words, command, *arguments)


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


# Directories, manifests, refusals.
