"""The two command lines: every exit code has its cause, every cause a sentence, and none a traceback."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import pytest
from click.testing import CliRunner, Result

from gradspec.cli import main as gradspec_main
from gradspec.corpus.case import Case
from gradspec.corpus.location import FIXTURES
from gradspec.corpus.spec import validator
from gradspec.verdict.variants import variants
from gradspec_reference.cli import main as reference_main

SCALAR = "identity/float64/scalar"
ONE = ("--case", SCALAR)
SERVE = (sys.executable, "-m", "gradspec_reference", "serve")
LAYERS = ("identity", "relu")

WRONG_RELU = """
import numpy as np
from gradspec.candidate import identity, serve

def relu(inputs, cotangents, attributes):
    return {"y": np.abs(inputs["x"])}, cotangents and {"x": cotangents["y"]}

serve({"identity": identity, "relu": relu}, name="wrong", version="1", dtypes=["float64"])
"""
WRONG = (sys.executable, "-c", WRONG_RELU)


def run(module: str, *arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, "env": environment} | options
    return subprocess.run(command, text=True, **options)


def check(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    return run("gradspec", "check", *arguments, **options)


def gradspec(*arguments: Any) -> Result:
    return CliRunner().invoke(gradspec_main, list(map(str, arguments)))


def reference(*arguments: Any) -> Result:
    return CliRunner().invoke(reference_main, list(map(str, arguments)))


def said(result: Any) -> str:
    """Return all that a command said, which is never a traceback."""
    if isinstance(result, Result):
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output
    text = (result.stdout or "") + (result.stderr or "")
    assert "Traceback" not in text, text
    return text


def impossible(result: Any, words: str) -> None:
    """Demand exit code 2 and a sentence that has these words."""
    text = said(result)
    assert (result.exit_code if isinstance(result, Result) else result.returncode) == 2, text
    assert words in text


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fixtures of two layers, newly generated."""
    directory = tmp_path_factory.mktemp("fixtures")
    result = reference("generate", "--layer", "identity", "--layer", "relu", "-o", directory)
    assert result.exit_code == 0, said(result)
    return directory


@pytest.fixture
def copied(generated: Path, tmp_path: Path) -> Path:
    """A copy of those, to be spoilt."""
    return Path(shutil.copytree(generated, tmp_path / "copied"))


# Help.


@pytest.mark.parametrize("command", [[], ["check"], ["list"], ["show"]])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_gradspec_has_help(command: list[str], option: str) -> None:
    result = gradspec(*command, option)
    assert (result.exit_code, said(result)[:6]) == (0, "Usage:")


@pytest.mark.parametrize("command", [[], ["generate"], ["verify"], ["serve"], ["widths"], ["list"]])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_gradspec_reference_has_help(command: list[str], option: str) -> None:
    result = reference(*command, option)
    assert (result.exit_code, said(result)[:6]) == (0, "Usage:")


def test_gradspec_tells_its_version() -> None:
    assert said(gradspec("--version")).startswith("gradspec, version ")


@pytest.mark.parametrize("module", ["gradspec", "gradspec_reference"])
def test_a_module_is_a_command(module: str) -> None:
    result = run(module, "--help")
    assert (result.returncode, said(result)[:6]) == (0, "Usage:")


# Checking: 0 if everything passed, 1 if something failed.


def test_without_a_command_the_bundled_reference_is_asked() -> None:
    result = check(*ONE)
    assert "gradspec-reference" in said(result)
    assert result.returncode == 0


def test_a_candidate_that_passes_everything_asked_exits_with_0(cases: list[Case]) -> None:
    result = check(*ONE, "--", *SERVE)
    assert result.returncode == 0, said(result)
    assert f"1 of {len(cases)} cases run, 1 passed, 0 failed" in said(result)


def test_a_candidate_that_fails_something_exits_with_1() -> None:
    result = check("--layer", "relu", "--limit", 1, "--", *WRONG)
    text = said(result)
    assert result.returncode == 1
    assert "FAILED relu/float64/" in text
    assert "more failing cases; --limit shows more" in text


def test_a_filtered_run_says_what_it_left_out_and_why(cases: list[Case]) -> None:
    wanted = ("--layer", "relu", "--case", "relu/*/all_*")
    ids = [case.id for case in cases if case.id.startswith(("relu/float64/all_", "relu/float32/all_"))]
    run_, others = len([i for i in ids if "float64" in i]), len(cases) - len(ids)
    text = said(check(*wanted, "--", *WRONG))
    assert f"{run_} of {len(cases)} cases run" in text
    assert f"{others} skipped: filtered out" in text
    assert f"{len(ids) - run_} skipped: dtype float32 not declared" in text


# Checking: 2 if it could not be done.


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    for name, mode, text in (
        ("plain", 0o644, "#!/bin/sh\n"),
        ("no_interpreter", 0o755, "#!/nonexistent\n"),
        ("no_shebang", 0o755, "\x00\x01"),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nonexistent/candidate"], "was not found"),
        (["no-such-command-anywhere"], "was not found"),
        ([""], "was not found"),
        (["/"], "is not executable"),
        (["{}/plain"], "is not executable"),
        (["{}/no_interpreter"], "cannot be started"),
        (["{}/no_shebang"], "cannot be started"),
        (["true"], "exited with code 0"),
        (["false"], "exited with code 1"),
        (["echo", "hello"], "hello"),
    ],
)
def test_a_command_that_is_no_candidate(generated: Path, scripts: Path, command: list[str], words: str) -> None:
    parts = [part.format(scripts) for part in command]
    impossible(gradspec("check", "--fixtures", generated, *ONE, "--", *parts), words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--layer", "rleu"], "there is no layer rleu"),
        (["--dtype", "float16"], "there is no dtype float16"),
        (["--tag", "nonsense"], "there is no tag nonsense"),
        (["--case", "nonsense*"], "no case matches"),
        (["--layer", "relu", "--case", "identity/*"], "no case matches"),
        (["--fixtures", "/nonexistent"], "manifest.json"),
    ],
)
@pytest.mark.parametrize("command", ["check", "list"])
def test_a_selection_of_nothing(generated: Path, command: str, arguments: list[str], words: str) -> None:
    impossible(gradspec(command, "--fixtures", generated, *arguments), words)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--timeout", "0"],
        ["--timeout", "-1"],
        ["--timeout", "soon"],
        ["--timeout", "nan"],
        ["--limit", "-1"],
        ["--limit", "1.5"],
        ["--json", "."],
        ["--json", ""],
    ],
)
def test_a_wrong_option(generated: Path, arguments: list[str]) -> None:
    impossible(gradspec("check", "--fixtures", generated, *ONE, *arguments, "--", "true"), arguments[0])


def test_a_candidate_that_declares_nothing_selected() -> None:
    impossible(check("--layer", "bias", "--", *WRONG), "No case was run")


# Fixtures that cannot be used.


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


SPOILERS = [flip, truncate, empty, Path.unlink, replace_by_directory]


@pytest.mark.parametrize("spoil", SPOILERS)
@pytest.mark.parametrize("command", [["check"], ["show", SCALAR]])
def test_a_spoilt_fixture_file_is_named(copied: Path, command: list[str], spoil: Any) -> None:
    spoil(copied / "relu.h5")
    impossible(gradspec(*command, "--fixtures", copied), "relu.h5")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "[" * 300 + "]" * 300, "[" * 100_000, '{"format":"\\ud800"}', '{"count":NaN}']
)
def test_a_manifest_that_is_none(copied: Path, text: str) -> None:
    (copied / "manifest.json").write_text(text)
    impossible(gradspec("list", "--fixtures", copied), "manifest.json")


def test_a_manifest_that_is_not_text(copied: Path) -> None:
    (copied / "manifest.json").write_bytes(b"\xff\xfe")
    impossible(gradspec("list", "--fixtures", copied), "manifest.json")


@pytest.mark.parametrize("command", ["verify", "widths"])
@pytest.mark.parametrize("spoil", [truncate, empty, Path.unlink, replace_by_directory])
def test_the_reference_names_a_spoilt_fixture_file(copied: Path, command: str, spoil: Any) -> None:
    spoil(copied / "relu.h5")
    arguments = ["--layer", "relu"] if command == "verify" else []
    impossible(reference(command, *arguments, "--fixtures", copied), "relu.h5")


@pytest.mark.parametrize("command", ["verify", "widths"])
def test_the_reference_needs_a_directory_of_fixtures(command: str, tmp_path: Path) -> None:
    impossible(reference(command, "--fixtures", tmp_path / "none"), "manifest.json")


# The report.


def reported(tmp_path: Path, *arguments: Any) -> tuple[int, dict[str, Any]]:
    result = check("--json", tmp_path / "report.json", *arguments)
    said(result)
    document = json.loads((tmp_path / "report.json").read_text())
    assert [fault.message for fault in validator("report").iter_errors(document)] == []
    assert document["exit_code"] == result.returncode
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    return result.returncode, document


def test_the_report_of_a_run_that_passed_counts_right(tmp_path: Path, cases: list[Case]) -> None:
    code, document = reported(tmp_path, "--layer", "identity", "--dtype", "float64")
    asked = [case for case in cases if (case.layer, case.dtype) == ("identity", "float64")]
    n, total = len(asked), len(cases)
    assert (code, document["complete"]) == (0, True)
    assert document["summary"] == {"cases": total, "run": n, "passed": n, "failed": 0, "skipped": total - n}
    assert document["skipped"] == {"filtered out": total - n}
    assert {(r["case"], r["variant"]) for r in document["results"]} == {
        (case.id, p.name) for case in asked for p in variants(case, ["views"])
    }


def test_the_report_of_a_run_that_failed_counts_right(tmp_path: Path, cases: list[Case]) -> None:
    code, document = reported(tmp_path, "--layer", "relu", "--", *WRONG)
    failed = {r["case"] for r in document["results"] if r["verdict"] != "passed"}
    summary, skipped = document["summary"], document["skipped"]
    n = len([case for case in cases if (case.layer, case.dtype) == ("relu", "float64")])
    assert code == 1
    assert (summary["run"], summary["failed"], summary["passed"]) == (n, len(failed), n - len(failed))
    assert 0 < len(failed) < n
    assert sum(skipped.values()) == summary["skipped"] == summary["cases"] - n
    assert skipped["dtype float32 not declared"] == n


def test_the_report_replaces_an_older_one(generated: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    assert reported(tmp_path, "--fixtures", generated, *ONE)[0] == 0


def test_the_report_of_a_command_that_is_not_utf_8(generated: Path, tmp_path: Path) -> None:
    serve = "from gradspec_reference.serve import main; main()"
    command = (sys.executable, "-c", serve, os.fsdecode(b"\xff"))
    result = check("--fixtures", generated, "--json", tmp_path / "report.json", *ONE, "--", *command)
    said(result)
    assert result.returncode == 0
    assert validator("report").is_valid(json.loads((tmp_path / "report.json").read_text()))


def test_the_report_can_go_to_a_pipe(generated: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "report"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        said(check("--fixtures", generated, "--json", pipe, *ONE))
        assert pipe.is_fifo()
        assert json.loads(os.read(reading, 1 << 16))["exit_code"] == 0
    finally:
        os.close(reading)


def test_the_directory_of_the_report_has_to_be_there(tmp_path: Path) -> None:
    impossible(gradspec("check", *ONE, "--json", tmp_path / "none" / "report.json"), "is no directory")


@pytest.mark.parametrize("name", ["/proc/report.json", "{}/report" + "a" * 255])
def test_a_report_that_cannot_be_written(generated: Path, tmp_path: Path, name: str) -> None:
    impossible(check("--fixtures", generated, *ONE, "--json", name.format(tmp_path)), "cannot be written")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["list"], ["show", SCALAR], ["check", *ONE]])
def test_an_output_that_is_full(generated: Path, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        impossible(
            run("gradspec", *arguments, "--fixtures", generated, stdout=full),
            "standard output cannot be written: no space is left",
        )


OUTPUTS = pytest.mark.parametrize("arguments", [["list"], ["show", SCALAR], ["check", *ONE]], ids=lambda part: part[0])


@OUTPUTS
def test_a_reader_that_leaves_early_is_no_failure_of_the_candidate(generated: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = run("gradspec", *arguments, "--fixtures", generated, stdout=writing)
    os.close(writing)
    assert (result.returncode, said(result)) == (2, "")


@OUTPUTS
def test_an_output_that_is_closed_is_no_failure_of_the_candidate(generated: Path, arguments: list[str]) -> None:
    result = run("gradspec", *arguments, "--fixtures", generated, stdout=None, preexec_fn=lambda: os.close(1))
    said(result)
    assert result.returncode in (0, 2)


# Listing and showing.


def test_list_has_every_case_and_why(cases: list[Case]) -> None:
    result = gradspec("list")
    assert result.exit_code == 0
    assert said(result).splitlines() == [f"{case.id}\t{case.why}" for case in cases]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--layer", "relu"], lambda case: case.layer == "relu"),
        (["--layer", "relu", "--layer", "bias"], lambda case: case.layer in ("relu", "bias")),
        (["--dtype", "float32", "--layer", "bias"], lambda case: (case.layer, case.dtype) == ("bias", "float32")),
        (["--case", "*/no_elements"], lambda case: case.name == "no_elements"),
        (["--tag", "exact"], lambda case: "exact" in case.tags),
    ],
)
def test_list_filters(cases: list[Case], arguments: list[str], wanted: Any) -> None:
    ids = [line.split("\t")[0] for line in said(gradspec("list", *arguments)).splitlines()]
    assert ids == [case.id for case in cases if wanted(case)]
    assert ids


def test_show_prints_what_a_case_asks_and_admits(generated: Path, cases: list[Case]) -> None:
    case = next(case for case in cases if case.id == "relu/float64/distinct_extents")
    result = gradspec("show", "--fixtures", generated, case.id)
    text = said(result)
    assert result.exit_code == 0
    assert text.startswith(f"{case.id}: {case.why}\n")
    for part in ("inputs/x", "cotangents/y", "outputs/y", "gradients/x", "value:", "lo:", "hi:"):
        assert part in text
    for number in (*case.inputs["x"].flat, *case.gradients["x"].hi.flat):
        assert repr(float(number)).removesuffix("0") in text


@pytest.mark.parametrize("name", ["scalar", "no_elements", "rank_four", "not_a_number", "extremes"])
def test_a_case_of_any_shape_and_number_can_be_shown(generated: Path, name: str) -> None:
    result = gradspec("show", "--fixtures", generated, f"identity/float32/{name}")
    assert result.exit_code == 0, said(result)


@pytest.mark.parametrize("case_id", ["relu/float64/nonsense", "relu", "", "*"])
def test_show_of_an_unknown_case(generated: Path, case_id: str) -> None:
    impossible(gradspec("show", "--fixtures", generated, case_id), "there is no case")


# The reference.


def test_verify_finds_no_difference_in_the_committed_fixtures(cases: list[Case]) -> None:
    result = reference("verify", "--layer", "relu")
    n = sum(case.layer == "relu" for case in cases)
    assert (result.exit_code, said(result)) == (0, f"{n} cases compared, 0 differences\n")


def test_verify_counts_a_layer_named_twice_once(cases: list[Case]) -> None:
    n = sum(case.layer == "identity" for case in cases)
    assert f"{n} cases compared" in said(reference("verify", "--layer", "identity", "--layer", "identity"))


@pytest.mark.parametrize("dataset", ["inputs/x", "outputs/y/value", "outputs/y/hi", "gradients/x/lo"])
def test_verify_finds_one_changed_number(copied: Path, dataset: str) -> None:
    with h5py.File(copied / "relu.h5", "r+") as file:
        numbers = file["float64/distinct_extents"][dataset]
        numbers[0, 0] += 1.0
    result = reference("verify", "--layer", "relu", "--fixtures", copied)
    assert "relu/float64/distinct_extents" in said(result)
    assert result.exit_code in (1, 2)


def test_verify_finds_a_file_that_is_not_the_manifests(copied: Path) -> None:
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["relu.h5"] = "0" * 64
    path.write_text(json.dumps(manifest))
    result = reference("verify", "--layer", "relu", "--fixtures", copied)
    assert "relu.h5: the file's SHA-256 is not the manifest's" in said(result)
    assert result.exit_code == 1


@pytest.mark.parametrize("layer", LAYERS)
def test_generating_gives_the_committed_bytes(generated: Path, layer: str) -> None:
    assert (generated / f"{layer}.h5").read_bytes() == (FIXTURES / f"{layer}.h5").read_bytes()


def test_what_was_generated_passes(generated: Path) -> None:
    result = check("--fixtures", generated, "--dtype", "float64")
    assert result.returncode == 0, said(result)
    assert "0 failed, " in said(result)


@pytest.mark.parametrize("output", ["{}/file", "{}/file/below"])
def test_generating_where_nothing_can_be_written(tmp_path: Path, output: str) -> None:
    (tmp_path / "file").write_text("")
    impossible(reference("generate", "--layer", "identity", "-o", output.format(tmp_path)), "file")


@pytest.mark.parametrize("command", ["generate", "verify"])
def test_an_unknown_layer_of_the_reference(command: str) -> None:
    impossible(reference(command, "--layer", "rleu"), "rleu")


def test_widths_has_a_row_for_each_tensor(generated: Path) -> None:
    result = reference("widths", "--fixtures", generated)
    assert result.exit_code == 0
    assert "| `relu` | gradient of x |" in said(result)


def test_the_reference_lists_its_layers(cases: list[Case]) -> None:
    counts = {line.partition(":")[0]: line for line in said(reference("list")).splitlines()}
    assert counts.keys() == {case.layer for case in cases}
    n = sum((case.layer, case.dtype) == ("relu", "float64") for case in cases)
    assert f"{n} float64" in counts["relu"]


@pytest.mark.parametrize("text", ["", '{"kind":"bye"}\n'])
def test_serving_ends_with_the_input_or_with_bye(text: str) -> None:
    result = run("gradspec_reference", "serve", input=text)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_serving_garbage_is_refused_with_a_sentence() -> None:
    result = run("gradspec_reference", "serve", input="garbage\n")
    assert "garbage" in said(result)
    assert result.returncode != 0
    assert result.stdout == ""


# What must not be lost.


def test_a_report_goes_where_a_link_leads(generated: Path, tmp_path: Path) -> None:
    """/dev/stdout is such a link: to replace it would be worse than to write no report."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    said(check("--fixtures", generated, "--json", link, *ONE))
    assert link.is_symlink()
    assert json.loads(target.read_text())["exit_code"] == 0


def test_verify_names_the_dataset_whose_number_was_changed_and_exits_with_1(copied: Path) -> None:
    with h5py.File(copied / "relu.h5", "r+") as file:
        file["float64/distinct_extents/outputs/y/hi"][0, 0] += 1.0
    result = reference("verify", "--layer", "relu", "--fixtures", copied)
    assert "relu/float64/distinct_extents: outputs/y/hi differs" in said(result)
    assert result.exit_code == 1


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
