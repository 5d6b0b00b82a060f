"""``gradspec``: check a candidate, list the cases, show one.

Exit codes: 0 everything asked passed; 1 something failed; 2 the run could not be done (usage, no candidate, no cases).
"""

from __future__ import annotations

import io
import math
import os
import signal
import sys
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
from rich.console import Console
from rich.progress import Progress, TextColumn

from . import refusals, report
from .corpus import FIXTURES
from .explain import account
from .explain_command import explain_command
from .fixture import Case, FixtureError
from .run import Run, check, load
from .supervisor import CandidateError, Supervisor

PIPE_WIDTH = 100
REFERENCE = [sys.executable, "-m", "gradspec_reference", "serve"]


class Impossible(click.ClickException):
    """The run cannot be done."""

    exit_code = 2


def _selection(function: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only cases with this tag; repeatable."),
        click.option(
            "--case",
            "globs",
            multiple=True,
            metavar="GLOB",
            help="Only case ids like this, * allowed; repeatable.",
        ),
        click.option("--dtype", "dtypes", multiple=True, metavar="DTYPE", help="Only this dtype; repeatable."),
        click.option("--layer", "names", multiple=True, metavar="LAYER", help="Only this layer; repeatable."),
        click.option(
            "--fixtures",
            type=click.Path(path_type=Path),
            default=FIXTURES,
            help="Another directory of fixtures.",
        ),
    ):
        function = option(function)
    return function


def _load(fixtures: Path) -> list[Case]:
    try:
        return load(fixtures)
    except FixtureError as error:
        raise Impossible(str(error)) from None


def _select(
    cases: list[Case],
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
) -> list[Case]:
    for kind, wanted, known in (
        ("layer", names, {c.layer for c in cases}),
        ("dtype", dtypes, {c.dtype for c in cases}),
        ("tag", tags, {t for c in cases for t in c.tags}),
    ):
        for value in set(wanted) - known:
            raise Impossible(f"there is no {kind} {value}; there are: {', '.join(sorted(known))}")
    selected = [
        c
        for c in cases
        if (not names or c.layer in names)
        and (not dtypes or c.dtype in dtypes)
        and (not tags or set(tags) & set(c.tags))
        and (not globs or any(fnmatch(c.id, g) for g in globs))
    ]
    if not selected:
        raise Impossible("no case matches these filters; `gradspec list` shows the cases")
    return selected


class Commands(click.Group):
    """Commands whose reader may leave: click itself would exit with code 1, which says that something failed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os._exit(2)
        except KeyboardInterrupt:
            raise Impossible("interrupted") from None


class Output(Console):
    """Standard output, whose reader may leave."""

    def on_broken_pipe(self) -> None:
        """Exit with code 2, where rich exits with 1."""
        os._exit(2)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(report.tool_version(), prog_name="gradspec")
def main() -> None:
    """Check a neural-network layer's outputs and gradients against proven intervals."""


@main.command("check")
@_selection
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Limit per request.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report to this file.",
)
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Failing cases to print.")
@click.option("--keep-going", is_flag=True, help="Judge the calculus even if identity fails.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def check_command(
    fixtures: Path,
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
    timeout: float,
    json_path: Path | None,
    limit: int,
    keep_going: bool,
    command: tuple[str, ...],
) -> None:
    """Ask COMMAND every case that it declares; without COMMAND, the bundled reference.

    Put -- before COMMAND.
    """
    if not command and find_spec("gradspec_reference") is None:
        raise Impossible("the bundled reference is not installed; install gradspec[reference], or give a COMMAND")
    if not command and find_spec("flint") is None:
        raise Impossible("the bundled reference needs python-flint: install gradspec[reference], or give a COMMAND")
    if json_path is not None and json_path.is_dir():
        raise Impossible(f"--json must name a file, got the directory {json_path}")
    if not math.isfinite(timeout):
        raise Impossible(f"--timeout must be a number of seconds, got {timeout}")
    if json_path is not None and not json_path.absolute().parent.is_dir():
        raise Impossible(f"the report cannot be written: {json_path.absolute().parent} is no directory")
    cases = _load(fixtures)
    selected = _select(cases, names, dtypes, globs, tags)
    try:
        wrong = [r for r in refusals.load(fixtures) if not names or r.layer in names]
    except FixtureError as error:
        raise Impossible(str(error)) from None
    wrong = [] if globs or tags or (dtypes and "float64" not in dtypes) else wrong
    run = Run(total=len(cases), filtered=len(selected) < len(cases))
    run.skipped = {case.id: "filtered out" for case in cases} if len(selected) < len(cases) else {}
    for case in selected:
        run.skipped.pop(case.id, None)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.default_int_handler)
    console, errors = Output(), Console(stderr=True)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    asked = list(command) or REFERENCE
    try:
        candidate = Supervisor(asked, timeout)
    except CandidateError as error:
        raise Impossible(str(error)) from None
    columns = (TextColumn("{task.completed} requests"), TextColumn("{task.fields[case]}"))
    try:
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task("", total=None, case="")
            check(
                run,
                candidate,
                selected,
                wrong,
                keep_going,
                lambda r: progress.update(task, advance=1, case=r.presentation.case.id),
            )
    except KeyboardInterrupt:
        errors.print("interrupted")
    finally:
        candidate.close()
    run.accounts = account(run.wrong_answers(), run.selected, fixtures)
    try:
        if json_path is not None:  # before the output, whose reader may leave
            _write_report(json_path, orjson.dumps(report.document(run, asked), option=orjson.OPT_INDENT_2))
    finally:
        report.show(run, console, limit)
    if not run.results:
        errors.print("No case was run: the candidate declares none of those selected.")
    sys.exit(run.exit_code)


def _write_report(path: Path, document: bytes) -> None:
    """Write to a temporary name first, except where `path` is a pipe or a device."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(document)
            return
        goal = path.resolve()
        temporary = goal.with_name(f".{goal.name}.new")
        temporary.write_bytes(document)
        os.replace(temporary, goal)
    except OSError as error:
        raise Impossible(f"the report cannot be written: {error}") from None


@main.command("list")
@click.option("--coverage", is_flag=True, help="Count cases by layer, attribute value, dtype and gradient instead.")
@_selection
def list_command(
    coverage: bool,
    fixtures: Path,
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
) -> None:
    """List case ids, and why each case exists."""
    if coverage:
        Console(width=PIPE_WIDTH).print(report.coverage(_select(_load(fixtures), names, dtypes, globs, tags)))
        return
    for case in _select(_load(fixtures), names, dtypes, globs, tags):
        click.echo(f"{case.id}\t{case.why}")


@main.command("show")
@click.option("--fixtures", type=click.Path(path_type=Path), default=FIXTURES, help="Another directory of fixtures.")
@click.argument("case_id", metavar="CASE-ID")
def show_command(fixtures: Path, case_id: str) -> None:
    """Print a case: inputs, cotangents, and value, lo and hi of every answer."""
    found = [case for case in _load(fixtures) if case.id == case_id]
    if not found:
        raise Impossible(f"there is no case {case_id}; `gradspec list` shows the cases")
    case = found[0]
    click.echo(f"{case.id}: {case.why}")
    click.echo(
        f"attributes: {dict(case.attributes)}  clauses: {', '.join(case.clauses)}  tags: {', '.join(case.tags) or '-'}"
    )
    with np.printoptions(floatmode="unique", linewidth=110):
        for kind in ("inputs", "cotangents"):
            for name, array in getattr(case, kind).items():
                click.echo(f"\n{kind}/{name} {array.dtype} {array.shape}\n{array}")
        for kind in ("outputs", "gradients"):
            for name, interval in getattr(case, kind).items():
                click.echo(f"\n{kind}/{name} {case.dtype} {interval.value.shape}")
                for part in ("value", "lo", "hi"):
                    click.echo(f"{part:>5}: {np.array2string(getattr(interval, part), prefix='       ')}")


main.add_command(explain_command)


def guarded(command: click.Command) -> None:
    """Run a command; if its output cannot be written, say so and exit with code 2."""
    try:
        try:
            command()
        finally:
            if sys.stdout is not None:  # None where the caller closed it
                sys.stdout.flush()
    except BrokenPipeError:
        os._exit(2)  # nobody reads; the interpreter's own flush would complain
    except OSError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.stderr.flush()
        os._exit(2)


def entry() -> None:
    """Run ``gradspec``."""
    guarded(main)
