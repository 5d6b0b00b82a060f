"""``gradspec``: check a candidate, list the cases, show one, explain a wrong answer.

Exit codes: 0 everything asked passed; 1 something failed; 2 the run could not be done (usage, no candidate, no cases).
"""

from __future__ import annotations

import click

from ..corpus.command import CommandsOnDemand, guarded

COMMANDS = {
    "check": "Ask COMMAND every case that it declares; without COMMAND, the bundled reference.",
    "explain": "Judge the tensors in FILE as an answer to a case, and say what went wrong.",
    "list": "List case ids, and why each case exists.",
    "show": "Print a case: inputs, cotangents, and value, lo and hi of every answer.",
}


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from ..report.summary import tool_version

        click.echo(f"gradspec, version {tool_version()}")
        context.exit()


@click.group(
    cls=CommandsOnDemand,
    known={name: (f"{__name__}.{name}", said) for name, said in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def main() -> None:
    """Check a neural-network layer's outputs and gradients against proven intervals."""


def entry() -> None:
    """Run ``gradspec``."""
    guarded(main)
