"""Put a run to the candidate of a command line, with progress on a terminal, and account for its failures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event

import click
from rich.console import Console
from rich.progress import Progress, TextColumn

from ..corpus.case import Case
from ..corpus.command import Impossible
from ..corpus.files import FixtureError
from ..corpus.text import printable, told
from ..diagnosis.account import account
from ..transport.jobs import Jobs
from ..transport.process import CannotStartError, HarnessError, Process
from ..transport.session import StoppedError, silence
from ..transport.supervisor import CandidateError
from ..transport.transcript import Transcript
from ..verdict.check import check
from ..verdict.rejections import Rejection
from ..verdict.run import Run


@dataclass(frozen=True)
class Way:
    """How a candidate is asked: its command, the limit in seconds, and the options of the same names."""

    command: list[str]
    timeout: float
    jobs: int
    keep_going: bool
    verbose: bool

    def begin(self) -> Process | None:
        """Start the candidate's first process; None where it does not start, of which `ask` tells why."""
        try:
            return Process(self.command)
        except (CannotStartError, HarnessError):
            return None

    def ask(
        self,
        run: Run,
        cases: list[Case],
        to_refuse: list[Rejection],
        begun: Process | None,
        stop: Event,
        errors: Console,
    ) -> None:
        """Put everything to the candidate, and end it; the run tells whether that was interrupted.

        Raises
        ------
        Impossible
            The candidate does not start, or the run was interrupted before it introduced itself.
        """
        listen = Transcript(lambda text: click.echo(text, err=True)) if self.verbose else silence
        columns = (TextColumn("{task.completed} requests"), TextColumn("{task.fields[case]}"))
        quiet = self.verbose or not errors.is_terminal
        try:
            candidate = Jobs(self.command, self.timeout, self.jobs, stop, listen, begun)
            try:
                with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
                    task = progress.add_task("", total=None, case="")
                    check(
                        run,
                        candidate,
                        cases,
                        to_refuse,
                        self.keep_going,
                        (lambda r: None)
                        if quiet
                        else lambda r: progress.update(task, advance=1, case=r.variant.case.id),
                    )
            finally:
                candidate.close()
        except CandidateError as error:
            raise Impossible(str(error)) from None
        except HarnessError as error:
            if not run.results:
                raise Impossible(str(error)) from None
            errors.print(printable(str(error)), highlight=False, markup=False, soft_wrap=True)
        except StoppedError:
            if not run.implementation:
                raise Impossible("interrupted") from None
            errors.print("interrupted")


def explain(run: Run, fixtures: Path) -> None:
    """Put an account of the failures into the run; where that cannot be had, let the run say so, and lose nothing."""
    try:
        run.accounts = account(run.wrong_answers(), run.asked, fixtures, run.failed)
    except KeyboardInterrupt:
        run.unexplained, run.interrupted = "interrupted", True
    except FixtureError as error:
        run.unexplained = str(error)
    except Exception as error:  # whatever is wrong with the fixtures, the verdicts are there
        run.unexplained = told(f"{type(error).__name__}: {error}")
