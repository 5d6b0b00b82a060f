"""``gradspec check``: run a candidate, check its answers, and report."""

from __future__ import annotations

import contextlib
import math
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import click
import orjson
from rich.console import Console

from ..corpus import files, interrupts
from ..corpus.command import Impossible
from ..corpus.files import FixtureError, WriteError
from ..corpus.manifest import why_partial
from ..corpus.selection import Selection
from ..corpus.text import printable
from ..report import document as report
from ..report import terminal
from ..verdict import expectations as expect
from ..verdict import rejections
from ..verdict.expectations import ExpectationsError
from ..verdict.run import Run
from .output import Output
from .repeating import Repeating
from .running import Way, explain
from .selection import NO_CASE, ids_of, require_possible, select, selection

MOST_JOBS = 256
LARGEST_SEED = 2**63 - 1
REFERENCE = [sys.executable, "-m", "gradspec_reference", "serve"]
DEFAULT_TIMEOUT = 10.0  # seconds


@click.command("check")
@selection
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Time limit for each request.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, MOST_JOBS),
    default=1,
    show_default=True,
    metavar="N",
    help="Run N processes of the candidate.",
)
@click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), metavar="N", help="Ask the cases again in the order of seed N."
)
@click.option(
    "--expect",
    "expect_path",
    type=click.Path(path_type=Path),
    help="Pass if exactly the failures in this file happen.",
)
@click.option(
    "--write-expect",
    "write_path",
    type=click.Path(path_type=Path),
    help="Write the failures of this run to this file.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path),
    help="Write a JSON report to this file.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Print at most N failing cases.",
)
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
    """Run COMMAND as the candidate and check every case that it declares.

    Put -- before COMMAND. Without COMMAND, the candidate is the bundled reference.
    """
    if not command:
        _need_the_reference()
    if not math.isfinite(timeout):
        raise Impossible(f"--timeout must be a number of seconds, got {timeout}")
    if verbose and jobs > 1:
        raise Impossible(f"--verbose shows one conversation: leave --jobs at 1, got {jobs}")
    _need_to_write(json_path, write_path, expect_path)
    chosen = Selection(names, dtypes, globs, tags)
    require_possible(fixtures, chosen)  # before anything is started
    asked = list(command) or REFERENCE
    way = Way(asked, timeout, jobs, keep_going, verbose)
    stop = Event()
    with contextlib.ExitStack() as until_asked:
        begun = way.begin()  # it starts while the fixtures are read
        if begun is not None:
            until_asked.callback(begun.stop)
        cases, ids = select(fixtures, chosen), ids_of(fixtures)
        try:
            to_refuse = rejections.load(fixtures)
            expected = None if expect_path is None else expect.read(expect_path)
            older = expect.read(write_path) if write_path is not None and files.is_regular(write_path) else {}
        except (FixtureError, ExpectationsError) as error:
            raise Impossible(str(error)) from None
        wrong = rejections.selected(to_refuse, chosen)
        if not (cases or wrong):
            raise Impossible(NO_CASE)
        filtered = len(cases) < len(ids) or len(wrong) < len(to_refuse)
        partial = "the run was filtered" if filtered else why_partial(fixtures)
        run = Run(total=len(ids), seed=secrets.randbelow(1 << 31) if seed is None else seed, partial=partial)
        run.skipped = dict.fromkeys(set(ids) - {c.id for c in cases}, "filtered out")
        console, errors = Output(), Console(stderr=True)
        with interrupts.deferred(stop):
            until_asked.pop_all()
            way.ask(run, cases, wrong, begun, stop, errors)
    known = set(ids) | {r.id for r in to_refuse}
    wanted = {c.id for c in cases} | {r.id for r in wrong}
    explain(run, fixtures)
    if expected is not None and run.complete:
        run.surprises = expect.surprises(run, expected, known, wanted)
    unwritten = []
    if json_path is not None:  # before the output, whose reader may leave
        document = orjson.dumps(report.document(run, asked), option=orjson.OPT_INDENT_2)
        unwritten += _write("--json", json_path, document)
    if write_path is not None and run.unexplained:
        unwritten += [f"--write-expect: {write_path} was not written, since the failures are not explained"]
    elif write_path is not None and run.complete:
        kept = {k: v for k, v in older.items() if k in known - wanted}
        unwritten += _write("--write-expect", write_path, expect.text(run, kept).encode())
    repeating = Repeating(fixtures, chosen, None if timeout == DEFAULT_TIMEOUT else timeout, run.seed, command)
    terminal.show(run, console, limit, repeating.failure)
    if run.surprises and expect_path is not None:
        click.echo(f"To expect these failures: {printable(repeating.expecting(expect_path))}")
    if unwritten:
        raise Impossible("; ".join(unwritten))
    if not (run.results or run.rejected):
        errors.print("No case was run: the candidate declares none of the selected cases.")
    sys.exit(run.exit_code)


def _need_the_reference() -> None:
    remedy = "install gradspec[reference], or give a COMMAND"
    if find_spec("gradspec_reference") is None:
        raise Impossible(f"the bundled reference is not installed; {remedy}")
    if find_spec("flint") is None:
        raise Impossible(f"the bundled reference needs python-flint: {remedy}")


def _need_to_write(report_path: Path | None, write_path: Path | None, expect_path: Path | None) -> None:
    try:
        for option, path in (("--json", report_path), ("--write-expect", write_path)):
            if path is not None:
                files.require_writable(option, path)
        for option, path in (("--write-expect", write_path), ("--expect", expect_path)):
            if report_path is not None and path is not None and files.same(report_path, path):
                raise WriteError(f"--json and {option} must name different files, got {path} for both")
    except WriteError as error:
        raise Impossible(str(error)) from None


def _write(option: str, path: Path, document: bytes) -> list[str]:
    """Write a file; return what went wrong, so that the run is shown first."""
    try:
        files.write(path, document)
    except WriteError as error:
        return [f"{option}: {error}"]
    except KeyboardInterrupt:
        return [f"{option}: {path} was not written: interrupted"]
    return []
