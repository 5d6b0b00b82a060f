"""End a command with its exit code, also after an interrupt or when the reader of its output closes it.

Exit code 2 says that something could not be done; what 1 says is for the command to define.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from . import interrupts
from .files import OUTPUT_FAULTS, reason
from .spec import ContractError
from .text import printable

PIPE_WIDTH = 100  # columns of a table where standard output is no terminal


class Impossible(click.ClickException):
    """The run cannot be done; the message may quote a candidate."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class Commands(click.Group):
    """Commands that exit with code 2 when their output is closed; click itself would exit with 1, a failure."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            with interrupts.raising():
                return super().invoke(ctx)
        except BrokenPipeError:
            os._exit(2)
        except ContractError as error:
            raise Impossible(str(error)) from None
        except KeyboardInterrupt:
            raise Impossible("interrupted") from None


class CommandsOnDemand(Commands):
    """Commands that are imported when they are named; `known` has for each its module and its line of help."""

    def __init__(self, *arguments: Any, known: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.known = known

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command: ``<name>_command`` of its module."""
        if cmd_name not in self.known:
            return None
        command: click.Command = getattr(import_module(self.known[cmd_name][0]), f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing one."""
        width = formatter.width - 6 - max(len(name) for name in self.known)
        told = [click.Command(name, help=self.known[name][1]) for name in self.list_commands(ctx)]
        lines = [(str(command.name), command.get_short_help_str(width)) for command in told]
        with formatter.section("Commands"):
            formatter.write_dl(lines)


def guarded(command: click.Command) -> None:
    """Run a command; exit with code 2, and a sentence, if its output cannot be written or a signal has come."""
    with interrupts.handled():
        try:
            try:
                command()
            finally:
                if sys.stdout is not None:  # None where the caller closed it
                    sys.stdout.flush()
        except BrokenPipeError:
            os._exit(2)  # nobody reads; the interpreter's own flush would complain
        except OSError as error:
            what = "standard output cannot be written" if error.errno in OUTPUT_FAULTS else "gradspec cannot go on"
            _give_up(f"{what}: {reason(error)}")
        except Exception:
            if not interrupts.heard():
                raise
            _give_up("interrupted")
        except SystemExit:
            if interrupts.heard():
                raise SystemExit(interrupts.EXIT_CODE) from None
            raise


def _give_up(why: str) -> None:
    sys.stderr.write(f"Error: {why}\n")
    sys.stderr.flush()
    os._exit(2)
