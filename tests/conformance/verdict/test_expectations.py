"""Expected failures: they pass as long as they fail as expected, and every difference is named with what to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from command_lines import program
from harness import CULPRIT, FEW, HARNESS, NAMES, command, gradspec

pytestmark = HARNESS
EXPECTED = f"# why\n\n{CULPRIT} garbage  # the mill is broken\n"


def run(small: Path, fault: str, *options: Any) -> tuple[int, str]:
    done = gradspec("check", "--fixtures", str(small), *map(str, options), *FEW, "--", *command(fault))
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def expecting(small: Path, tmp_path: Path, fault: str, text: str) -> tuple[int, str]:
    (tmp_path / "expected").write_text(text)
    return run(small, fault, "--expect", tmp_path / "expected")


def test_a_known_failure_passes_and_allows_no_claim(small: Path, tmp_path: Path) -> None:
    code, text = expecting(small, tmp_path, "invalid_utf8", EXPECTED)
    assert code == 0, text
    assert "No claim of conformance: 1 failed as expected." in text
    assert "FAILED" not in text
    assert "conforms to" not in text


@pytest.mark.parametrize(
    ("fault", "text", "words"),
    [
        ("none", EXPECTED, f"UNEXPECTED PASS {CULPRIT}: expected garbage; remove the line"),
        ("refuses", EXPECTED, f"CHANGED {CULPRIT}: refused, expected garbage; see what changed, or expect it"),
        ("invalid_utf8", "", f"UNEXPECTED FAILURE {CULPRIT}: garbage; fix it, or expect it"),
        ("none", "affine/float64/gone wrong\n", "STALE affine/float64/gone: the fixtures have no such case"),
        ("declares_float32_only", EXPECTED, f"STALE {CULPRIT}: it was not asked (dtype float64 not declared)"),
    ],
)
def test_a_difference_fails_and_says_what_to_do(small: Path, tmp_path: Path, fault: str, text: str, words: str) -> None:
    extra = ["--case", "affine/float32/many_rows"]
    (tmp_path / "expected").write_text(text)
    code, said = run(small, fault, "--expect", tmp_path / "expected", *extra)
    assert code == 1, said
    assert words in said
    assert f"To expect these failures: {program()} check " in said
    assert f"--write-expect {tmp_path / 'expected'} -- " in said


def test_what_the_filters_left_out_is_no_surprise(small: Path, tmp_path: Path) -> None:
    text = EXPECTED + "affine/float64/wide_layer wrong\nrelu/refusal/missing_input crash\n"
    known = json.loads((small / "manifest.json").read_text())["cases"]
    text = text.replace("affine/float64/wide_layer", next(c for c in known if c not in NAMES))
    assert expecting(small, tmp_path, "invalid_utf8", text)[0] == 0


def test_a_case_that_was_given_up_is_never_expected(small: Path, tmp_path: Path) -> None:
    """PR-H6: what was not asked cannot be as expected."""
    text = "".join(f"{name} timeout\n" for name in NAMES)
    (tmp_path / "expected").write_text(text)
    arguments = ["--expect", tmp_path / "expected", "--timeout", 1, "--keep-going"]
    done = gradspec("check", "--fixtures", str(small), *map(str, arguments), *FEW, "--", *command("hangs", "always"))
    assert done.returncode == 1, done.stdout
    assert "3 skipped: not asked: 3 cases of affine in a row ran into the time limit" in done.stdout


def test_what_is_written_is_what_is_expected(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "expected"
    assert run(small, "one_bit_off", "--write-expect", path)[0] == 1
    assert path.read_text().splitlines()[1:] == [f"{CULPRIT} wrong"]
    assert run(small, "one_bit_off", "--expect", path)[0] == 0
    assert [p.name for p in tmp_path.iterdir()] == ["expected"]


def test_a_filtered_run_rewrites_what_it_asked_and_keeps_the_rest(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "expected"
    path.write_text(f"{CULPRIT} garbage\nrelu/float32/vector wrong\nrelu/float64/gone wrong\n{NAMES[1]} crash\n")
    run(small, "refuses", "--write-expect", path)
    assert path.read_text().splitlines()[1:] == [f"{CULPRIT} refused", "relu/float32/vector wrong"]


def test_rejections_can_be_expected(small: Path, tmp_path: Path) -> None:
    """The bad candidates refuse nothing, and die of some of what they had to refuse."""
    path = tmp_path / "expected"
    call = ["check", "--fixtures", str(small), "--layer", "relu", "--limit", "0"]
    done = gradspec(*call, "--write-expect", str(path), "--", *command("none"))
    written = dict(line.split() for line in path.read_text().splitlines()[1:])
    assert done.returncode == 1
    assert {name.split("/")[1] for name in written} == {"refusal"}
    assert {"computed", "crash"} <= set(written.values())
    assert gradspec(*call, "--expect", str(path), "--", *command("none")).returncode == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CULPRIT, "line 1: a line is a case id and one word"),
        (f"\n{CULPRIT} it is wrong\n", "line 2: a line is a case id and one word"),
        (f"{CULPRIT} wrong\n{CULPRIT} crash\n", "line 2: affine/float64/many_rows is listed twice"),
        ("\udcff", "cannot be read"),
        (None, "does not exist"),
    ],
)
def test_a_file_that_is_none_is_named(small: Path, tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "expected"
    if text is not None:
        path.write_bytes(text.encode(errors="surrogateescape"))
    code, said = run(small, "none", "--expect", path)
    assert code == 2
    assert f"{path}" in said
    assert words in said


def test_the_report_holds_the_surprises(small: Path, tmp_path: Path) -> None:
    (tmp_path / "expected").write_text(EXPECTED)
    run(small, "none", "--expect", tmp_path / "expected", "--json", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["surprises"].keys() == {CULPRIT}
    assert report["exit_code"] == 1
    assert report["claim"] == ""
