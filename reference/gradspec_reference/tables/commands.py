"""The page of commands, from what each says of itself.

The commands are asked in a process of their own: the reference does not import the command line of `gradspec`.
"""

from __future__ import annotations

import json
import subprocess
import sys

from .marked import TableError

WIDTH = 100  # columns
TOOLS = {"gradspec": "gradspec.cli", "gradspec-reference": "gradspec_reference.cli"}
ASK = """
import click, importlib, json, sys

module, name, width = sys.argv[1:]
tool = importlib.import_module(module).main
context = click.Context(tool, info_name=name, terminal_width=int(width), **tool.context_settings)
helps = {name: tool.get_help(context)}
for word, command in sorted(tool.commands.items()):
    helps[f"{name} {word}"] = command.get_help(click.Context(command, parent=context, info_name=word))
json.dump(helps, sys.stdout)
"""


def helps(tool: str) -> dict[str, str]:
    """Return by command what it prints for ``--help``: `tool` itself, then its commands."""
    asked = [sys.executable, "-c", ASK, TOOLS[tool], tool, str(WIDTH)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise TableError(f"the commands of {tool} cannot be listed: {done.stderr.strip().splitlines()[-1]}")
    return dict(json.loads(done.stdout))


def text() -> str:
    """Return a heading and a block of code for each command."""
    found = {command: help_text for tool in TOOLS for command, help_text in helps(tool).items()}
    return "\n\n".join(f"## {command}\n\n```\n{help_text.rstrip()}\n```" for command, help_text in found.items())
