"""The two command lines: every exit code has its cause, every cause a sentence, and none a traceback."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from command_lines import ONE, SCALAR, SERVE, WRONG, WRONG_RELU, check, gradspec, impossible, program, reported, said
from gradspec.corpus.case import Case


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


def test_the_report_replaces_an_older_one(generated: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    assert reported(tmp_path, "--fixtures", generated, *ONE)[0] == 0


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


def test_a_report_goes_where_a_link_leads(generated: Path, tmp_path: Path) -> None:
    """/dev/stdout is such a link: to replace it would be worse than to write no report."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    said(check("--fixtures", generated, "--json", link, *ONE))
    assert link.is_symlink()
    assert json.loads(target.read_text())["exit_code"] == 0


# A failure and its command.


def repeated(text: str) -> list[str]:
    return [line.split(": ", 1)[1] for line in text.splitlines() if line.startswith("  repeat: ")]


def again(command: str) -> subprocess.CompletedProcess[str]:
    started, _, arguments = command.partition(" check ")
    assert started == program()
    return check(*shlex.split(arguments))


def test_a_failure_ends_with_the_command_that_repeats_it(generated: Path, tmp_path: Path) -> None:
    script = tmp_path / "wrong relu.py"
    script.write_text(WRONG_RELU)
    options = ("--fixtures", generated, "--timeout", 15, "--layer", "relu", "--limit", 2)
    text = said(check(*options, "--", sys.executable, script))
    ids = [line.split()[1] for line in text.splitlines() if line.startswith("FAILED ")]
    commands = repeated(text)
    assert len(ids) == len(commands) == 2
    for case_id, command in zip(ids, commands, strict=True):
        result = again(command)
        assert result.returncode == 1
        assert f"FAILED {case_id} " in said(result)
        assert "1 of 58 cases run, 0 passed, 1 failed" in said(result)
        assert repeated(said(result)) == [command]


def test_the_command_of_the_bundled_reference_and_the_usual_fixtures_is_short(tmp_path: Path) -> None:
    (tmp_path / "expected").write_text(f"{SCALAR} wrong\n")
    text = said(check("--expect", tmp_path / "expected", *ONE))
    assert "UNEXPECTED PASS" in text
    assert repeated(text) == []


COMPUTES = """
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["kind"] == "hello":
        reply = {"kind": "hello", "protocol": 1, "implementation": {"name": "x", "version": "1", "language": "y"},
                 "layers": {"relu": {"dtypes": ["float64"]}}, "encoding": "list"}
    elif m["kind"] == "bye":
        break
    else:
        reply = {"kind": "result", "id": m["id"], "outputs": {}, "gradients": {}}
    print(json.dumps(reply), flush=True)
"""


def test_a_request_that_was_not_refused_ends_with_the_command_that_repeats_it(generated: Path, tmp_path: Path) -> None:
    script = tmp_path / "computes.py"
    script.write_text(COMPUTES)
    text = said(check("--fixtures", generated, "--case", "relu/refusal/u*", "--", sys.executable, script))
    ids = [line.split()[2] for line in text.splitlines() if line.startswith("NOT REFUSED ")]
    assert ids
    assert all(name.startswith("relu/refusal/u") for name in ids)
    commands = repeated(text)
    assert len(commands) == len(ids)
    result = again(commands[0])
    assert f"NOT REFUSED {ids[0]} " in said(result)
    assert "The candidate did not refuse 1 of the 1 requests that it must refuse." in said(result)
    assert result.returncode == 1


def test_requests_that_must_be_refused_can_be_chosen_alone(generated: Path) -> None:
    result = check("--fixtures", generated, "--case", "relu/refusal/*")
    text = said(result)
    assert result.returncode == 0, text
    assert "relu 9/9 0 0" in " ".join(text.split())
    assert "0 of 58 cases run" in text
    assert "No claim of conformance: the run was filtered." in text


def test_cases_alone_allow_no_claim() -> None:
    result = check("--case", "*/float??/*")
    assert result.returncode == 0
    assert "No claim of conformance: the run was filtered." in said(result)
