"""``gradspec check``: ask a candidate, and report what came of it."""

from __future__ import annotations

import contextlib
import io
import math
import os
import secrets
import shlex
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any

import click
import orjson
from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.text import Text

from ..corpus.case import Case
from ..corpus.command import PIPE_WIDTH, Impossible
from ..corpus.files import FixtureError
from ..corpus.fixture import read_manifest
from ..corpus.location import FIXTURES
from ..corpus.text import printable
from ..diagnosis.account import account
from ..report import document as report
from ..report import terminal
from ..transport.jobs import Jobs
from ..transport.process import CannotStartError, Process
from ..transport.session import StoppedError, silence
from ..transport.supervisor import CandidateError
from ..transport.transcript import HarnessError, Transcript
from ..verdict import expectations as expect
from ..verdict import rejections as refusals
from ..verdict.check import check
from ..verdict.expectations import ExpectationsError
from ..verdict.run import Run
from .selection import choose, ids_of, select, selection

REFERENCE = [sys.executable, "-m", "gradspec_reference", "serve"]


class Output(Console):
    """Standard output, whose reader may leave, and whose terminal gets no control character from a candidate."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a text of a string: every string that is printed, tables included, comes by here."""
        return super().render_str(printable(text), **options)

    def on_broken_pipe(self) -> None:
        """Exit with code 2, where rich exits with 1."""
        os._exit(2)


@click.command("check")
@selection
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Limit per request.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes of the candidate.")
@click.option("--seed", type=click.IntRange(min=0), help="Repeat the order in which another run asked again.")
@click.option(
    "--expect",
    "expect_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Pass if exactly the failures of this file come.",
)
@click.option(
    "--write-expect",
    "write_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the failures that came to this file.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report to this file.",
)
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Failing cases to print.")
@click.option("--keep-going", is_flag=True, help="Check the other layers even if identity fails.")
@click.option("-V", "--verbose", is_flag=True, help="Write the conversation, shortened, to standard error.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def check_command(
    fixtures: Path,
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    globs: tuple[str, ...],
    tags: tuple[str, ...],
    timeout: float,
    jobs: int,
    seed: int | None,
    expect_path: Path | None,
    write_path: Path | None,
    json_path: Path | None,
    limit: int,
    keep_going: bool,
    verbose: bool,
    command: tuple[str, ...],
) -> None:
    """Ask COMMAND every case that it declares; without COMMAND, the bundled reference.

    Put -- before COMMAND.
    """
    if not command:
        _need_the_reference()
    if not math.isfinite(timeout):
        raise Impossible(f"--timeout must be a number of seconds, got {timeout}")
    if verbose and jobs > 1:
        raise Impossible(f"--verbose shows one conversation: leave --jobs at 1, got {jobs}")
    _need_to_write("--json", json_path)
    _need_to_write("--write-expect", write_path)
    choose(fixtures, names, dtypes, globs)  # which may be impossible, before anything is started
    asked = list(command) or REFERENCE
    with contextlib.ExitStack() as until_asked:
        begun = _begun(asked)  # it starts while the fixtures are read
        if begun is not None:
            until_asked.callback(begun.stop)
        selected, ids = select(fixtures, names, dtypes, globs, tags), ids_of(fixtures)
        try:
            to_refuse = refusals.load(fixtures)
            expected = None if expect_path is None else expect.read(expect_path)
            older = expect.read(write_path) if write_path is not None and write_path.exists() else {}
        except (FixtureError, ExpectationsError) as error:
            raise Impossible(str(error)) from None
        until_asked.pop_all()
    wrong = [r for r in to_refuse if not names or r.layer in names]
    wrong = [] if globs or tags or (dtypes and "float64" not in dtypes) else wrong
    run = Run(total=len(ids), seed=secrets.randbelow(1 << 31) if seed is None else seed)
    run.partial = _partial(fixtures, filtered=len(selected) < len(ids))
    run.skipped = dict.fromkeys(set(ids) - {c.id for c in selected}, "filtered out")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    console, errors = Output(), Console(stderr=True)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    known = set(ids) | {r.id for r in to_refuse}
    chosen = {c.id for c in selected} | {r.id for r in wrong}
    unwritten: Impossible | None = None
    with _stopping() as stop:
        _ask(run, asked, begun, timeout, jobs, stop, selected, wrong, keep_going, verbose, errors)
        run.accounts = account(run.wrong_answers(), run.asked, fixtures, run.failed)
        if expected is not None and run.complete:
            run.surprises = expect.surprises(run, expected, known, chosen)
        try:
            if json_path is not None:  # before the output, whose reader may leave
                _write(json_path, orjson.dumps(report.document(run, asked), option=orjson.OPT_INDENT_2))
            if write_path is not None and run.complete:
                _write(write_path, expect.text(run, {k: v for k, v in older.items() if k in known - chosen}).encode())
        except Impossible as error:
            unwritten = error
    terminal.show(run, console, limit)
    if run.surprises:
        filters = (("--layer", names), ("--dtype", dtypes), ("--case", globs), ("--tag", tags))
        words = [word for option, values in filters for value in values for word in (option, value)]
        words += ["--fixtures", str(fixtures)] if fixtures != FIXTURES else []
        rewriting = shlex.join(["gradspec", "check", *words, "--write-expect", str(expect_path), "--", *command])
        click.echo(f"To expect what came: {printable(rewriting)}")
    if unwritten is not None:
        raise unwritten
    if not run.results:
        errors.print("No case was run: the candidate declares none of those selected.")
    sys.exit(run.exit_code)


def _need_the_reference() -> None:
    remedy = "install gradspec[reference], or give a COMMAND"
    if find_spec("gradspec_reference") is None:
        raise Impossible(f"the bundled reference is not installed; {remedy}")
    if find_spec("flint") is None:
        raise Impossible(f"the bundled reference needs python-flint: {remedy}")


def _need_to_write(option: str, path: Path | None) -> None:
    if path is not None and path.is_dir():
        raise Impossible(f"{option} must name a file, got the directory {path}")
    if path is not None and not path.absolute().parent.is_dir():
        raise Impossible(f"{option} cannot be written: {path.absolute().parent} is no directory")


def _partial(fixtures: Path, filtered: bool) -> str:
    """Say why a run does not ask the whole corpus; empty if it does."""
    if filtered:
        return "the run was filtered"
    if fixtures == FIXTURES:
        return ""
    try:
        given, whole = read_manifest(fixtures), read_manifest(FIXTURES)
    except FixtureError as error:
        return f"{fixtures} cannot be compared with the corpus: {error}"
    same = whole["cases"].items() <= given["cases"].items() and whole["refusals"] == given["refusals"]
    return "" if same else f"{fixtures} does not hold the whole corpus"


def _begun(command: list[str]) -> Process | None:
    """Start the candidate's first process; None where it does not start, of which `Jobs` tells why."""
    try:
        return Process(command)
    except CannotStartError:
        return None


@contextlib.contextmanager
def _stopping() -> Iterator[Event]:
    """Let the signals that end a run set an event, which the run looks at where it is safe to stop."""
    stop = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(
    run: Run,
    command: list[str],
    begun: Process | None,
    timeout: float,
    jobs: int,
    stop: Event,
    selected: list[Case],
    wrong: list[refusals.Rejection],
    keep_going: bool,
    verbose: bool,
    errors: Console,
) -> None:
    """Start the candidate, put everything to it, and end it; the run tells whether that was interrupted."""
    listen = Transcript(lambda text: click.echo(text, err=True)) if verbose else silence
    columns = (TextColumn("{task.completed} requests"), TextColumn("{task.fields[case]}"))
    quiet = verbose or not errors.is_terminal
    try:
        candidate = Jobs(command, timeout, jobs, stop, listen, begun)
        try:
            with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
                task = progress.add_task("", total=None, case="")
                check(
                    run,
                    candidate,
                    selected,
                    wrong,
                    keep_going,
                    (lambda r: None) if quiet else lambda r: progress.update(task, advance=1, case=r.variant.case.id),
                )
        finally:
            candidate.close()
    except (CandidateError, HarnessError) as error:
        raise Impossible(str(error)) from None
    except StoppedError:
        if not run.implementation:
            raise Impossible("interrupted") from None
        errors.print("interrupted")


def _write(path: Path, document: bytes) -> None:
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
        raise Impossible(f"{path} cannot be written: {error}") from None
