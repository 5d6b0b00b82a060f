"""``gradspec explain CASE-ID FILE`` and ``gradspec-reference mistakes``, as a person calls them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result

from gradspec.cli import main
from gradspec.corpus.case import Case

CASE = "affine/float64/distinct_extents"


@pytest.fixture
def case(cases: list[Case]) -> Case:
    (found,) = (c for c in cases if c.id == CASE)
    return found


def explain(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["explain", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_right_tensor_passes(case: Case, tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", case.inputs["x"] @ case.inputs["w"] + case.inputs["b"])
    result = explain(CASE, tmp_path / "y.npy")
    assert (result.exit_code, "outputs/y: passes" in result.output) == (0, True)


def test_a_tensor_is_known_by_its_shape_and_its_mistake_by_name(case: Case, tmp_path: Path) -> None:
    np.save(tmp_path / "mine.npy", case.cotangents["y"][-1])
    result = explain(CASE, tmp_path / "mine.npy")
    assert result.exit_code == 1
    assert "gradients/b[0]: got" in result.output
    assert "bias_gradient_of_last_row in affine" in result.output
    assert "each row overwrote the one before [AF-4, BI-3]." in result.output


def test_an_hdf5_file_may_hold_several_by_path_or_by_name(case: Case, tmp_path: Path) -> None:
    dy, x = case.cotangents["y"], case.inputs["x"]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["gradients/w"], file["b"] = 2 * (x.T @ dy), dy.sum(axis=0)
    result = explain(CASE, tmp_path / "a.h5")
    assert result.exit_code == 1
    assert "gradients/b: passes" in result.output
    assert "Every element is the right one times 2 (gradients/w in affine/float64/distinct_extents)." in " ".join(
        result.output.split()
    )


def test_a_tensor_of_an_ambiguous_shape_has_to_be_named(cases: list[Case], tmp_path: Path) -> None:
    square = "affine/float64/all_extents_equal"
    (case,) = (c for c in cases if c.id == square)
    np.save(tmp_path / "mine.npy", case.gradients["w"].value.T)
    result = explain(square, tmp_path / "mine.npy")
    assert result.exit_code == 2
    assert "name its tensor with --tensor" in result.output
    result = explain("--tensor", "gradients/w", square, tmp_path / "mine.npy")
    assert result.exit_code == 1
    assert "weight_gradient_transposed" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["affine/float64/nothing", "{y}"], "there is no case affine/float64/nothing; `gradspec list` shows the cases"),
        ([CASE, "{missing}"], "does not exist; name a .npy or HDF5 file"),
        ([CASE, "{text}"], "is neither .npy nor HDF5"),
        (["--tensor", "gradients/q", CASE, "{y}"], "has no tensor gradients/q; it has outputs/y"),
        (["--tensor", "outputs/y", CASE, "{wide}"], "outputs/y must have shape (4, 5), got (2, 2)"),
        ([CASE, "{wide}"], "has shape (2, 2), which no tensor of the case has: outputs/y (4, 5)"),
        ([CASE, "{twice}"], "holds outputs/y twice, by its path and by its name"),
        (["--tensor", "outputs/y", CASE, "{two}"], "--tensor names one tensor, and"),
        ([CASE, "{two}"], "holds v, which affine/float64/distinct_extents does not"),
        (["--fixtures", "{missing}", CASE, "{y}"], "does not exist"),
        ([CASE], "Missing argument 'FILE'"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_sentence(
    case: Case, tmp_path: Path, arguments: list[str], words: str
) -> None:
    files = {name: tmp_path / f"{name}.npy" for name in ("y", "missing", "text", "wide")} | {"two": tmp_path / "two.h5"}
    files["twice"] = tmp_path / "twice.h5"
    with h5py.File(files["twice"], "w") as file:
        file["outputs/y"], file["y"] = np.zeros((4, 5)), np.zeros((4, 5))
    np.save(files["y"], case.outputs["y"].value)
    np.save(files["wide"], np.zeros((2, 2)))
    files["text"].write_text("1 2 3")
    with h5py.File(files["two"], "w") as file:
        file["u"], file["v"] = np.zeros(3), np.zeros(3)
        del file["u"]
        file["outputs/y"] = np.zeros((4, 5))
    result = explain(*(argument.format(**files) for argument in arguments))
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
