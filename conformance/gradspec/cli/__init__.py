"""``gradspec``: check a candidate, list the cases, show one, explain a wrong answer.

Exit codes: 0 everything asked passed; 1 something failed; 2 the run could not be done (usage, no candidate, no cases).
"""

from __future__ import annotations

import click

from ..corpus.command import Commands, guarded
from ..report.summary import tool_version
from .check import check_command
from .explain import explain_command
from .list import list_command
from .show import show_command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(tool_version(), prog_name="gradspec")
def main() -> None:
    """Check a neural-network layer's outputs and gradients against proven intervals."""


for command in (check_command, list_command, show_command, explain_command):
    main.add_command(command)


def entry() -> None:
    """Run ``gradspec``."""
    guarded(main)
