"""The first page is true: its candidate and its command, pasted, print the lines that it quotes."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from paths import ROOT

PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
OWN = PAGE.partition("## Check your own layer")[2]


def block(language: str, text: str = OWN) -> str:
    """Return the first code block of a language, which may be empty."""
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def quoted() -> list[list[str]]:
    """Return the quoted lines; a line ``...`` stands for lines that are left out."""
    shown = block("", OWN.partition("mine.py\n```\n")[2]).splitlines()
    parts: list[list[str]] = [[]]
    for line in shown:
        parts.extend([[]] if line == "..." else [])
        parts[-1].extend([] if line == "..." else [line])
    return [part for part in parts if part]


@pytest.fixture(scope="module")
def pasted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what the page's candidate gets from the page's command, in a directory with the page's commands."""
    directory = tmp_path_factory.mktemp("pasted")
    (directory / "mine.py").write_text(block("python"))
    (directory / ".venv" / "bin").mkdir(parents=True)
    programs = {
        "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n',
        "gradspec": f"#!{sys.executable}\nimport runpy\n\nrunpy.run_module('gradspec', run_name='__main__')\n",
    }
    for name, text in programs.items():
        command = directory / ".venv" / "bin" / name
        command.write_text(text)
        command.chmod(0o755)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        block("sh"), shell=True, cwd=directory, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_quoted_lines_are_printed_in_this_order(pasted: list[str]) -> None:
    parts = quoted()
    assert sum(map(len, parts)) > 8
    rest = "\n".join(["", *pasted, ""])
    for part in parts:
        _, found, rest = rest.partition("\n" + "\n".join(part) + "\n")
        assert found, f"not printed, or not here: {part}"
        rest = "\n" + rest


def test_the_first_page_is_one_screen() -> None:
    lines = PAGE.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 120
    assert len([line for line in block("python").splitlines() if line]) <= 8


def test_the_page_of_the_adapters_quotes_what_the_numpy_adapter_gets() -> None:
    shown = block("", (ROOT / "conformance" / "README.md").read_text().partition("## What a failure looks like")[2])
    candidate = ROOT / "conformance" / "adapters" / "numpy" / "candidate.py"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    words = [sys.executable, "-m", "gradspec", "check", "--limit", "0", "--", sys.executable, str(candidate)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
    assert len(shown.splitlines()) > 4
    assert shown in done.stdout
