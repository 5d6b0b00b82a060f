"""The command line as a whole: help, version, modules that are commands."""

import pytest

from command_lines import gradspec, run, said


@pytest.mark.parametrize("command", [[], ["check"], ["list"], ["show"]])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_gradspec_has_help(command: list[str], option: str) -> None:
    result = gradspec(*command, option)
    assert (result.exit_code, said(result)[:6]) == (0, "Usage:")


def test_gradspec_tells_its_version() -> None:
    assert said(gradspec("--version")).startswith("gradspec, version ")


@pytest.mark.parametrize("module", ["gradspec", "gradspec_reference"])
def test_a_module_is_a_command(module: str) -> None:
    result = run(module, "--help")
    assert (result.returncode, said(result)[:6]) == (0, "Usage:")
