"""``gradspec-reference``: write the fixtures, verify them, serve the reference as a candidate, write the docs' tables.

Exit codes: 0 done; 1 `verify` found a difference, `tables --check` something stale, or `fuzz` a counterexample; 2 it
could not be done.
"""

from __future__ import annotations

import click

from gradspec.corpus.command import Commands, guarded

from .fuzz import fuzz_command
from .generate import generate_command
from .list import list_command
from .mistakes import mistakes_command
from .serve import serve_command
from .tables import tables_command
from .verify import verify_command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Prove every layer's values and intervals, and write them as fixtures."""


for command in (
    generate_command,
    verify_command,
    serve_command,
    mistakes_command,
    fuzz_command,
    tables_command,
    list_command,
):
    main.add_command(command)


def entry() -> None:
    """Run ``gradspec-reference``."""
    guarded(main)
