"""The two command lines: every exit code has its cause, every cause a sentence, and none a traceback."""

import json
import os
from pathlib import Path

import pytest

from command_lines import ONE, SERVE, WRONG, check, gradspec, impossible, reported, said
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


@pytest.mark.parametrize("name", ["/proc/report.json", "{}/" + "a" * 255])
def test_a_report_that_cannot_be_written(generated: Path, tmp_path: Path, name: str) -> None:
    impossible(check("--fixtures", generated, *ONE, "--json", name.format(tmp_path)), "report")


def test_a_report_goes_where_a_link_leads(generated: Path, tmp_path: Path) -> None:
    """/dev/stdout is such a link: to replace it would be worse than to write no report."""
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    said(check("--fixtures", generated, "--json", link, *ONE))
    assert link.is_symlink()
    assert json.loads(target.read_text())["exit_code"] == 0
