"""``gradspec-reference fuzz``: look for an allowed computation that leaves its interval.

Exit codes: 0 none was found; 1 at least one was; 2 it could not be done.
"""

from __future__ import annotations

import secrets
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TextColumn

from gradspec.corpus.case import PROFILES
from gradspec.corpus.command import Impossible
from gradspec.corpus.spec import layers

from ..fuzz.attack import UNNAMED, Finding, attack
from ..fuzz.campaign import Tally, run
from ..fuzz.document import ReplayError, document, read
from ..fuzz.selection import variants_for
from ..fuzz.shrink import shrink
from ..independent.variants import named
from ..numbers.formats import FORMATS
from .options import LAYER

COUNT = 10_000
SHOWN = 20  # kinds of findings that are shrunk and printed
SEEDS = 2**32


@click.command("fuzz")
@LAYER
@click.option("--dtype", "dtypes", multiple=True, type=click.Choice(list(FORMATS)), help="Only this dtype; repeatable.")
@click.option("--count", type=click.IntRange(1), help=f"How many requests, in all; {COUNT} where no time is given.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="Stop after so many seconds.")
@click.option("--seed", type=click.IntRange(0, SEEDS - 1), help="Draw the same requests as a run that printed it.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many processes.")
@click.option("--profile", type=click.Choice(PROFILES), help="Compute as this profile allows.")
@click.option("--replay", type=click.Path(path_type=Path, dir_okay=False), help="Run the requests of this file again.")
def fuzz_command(
    names: tuple[str, ...],
    dtypes: tuple[str, ...],
    count: int | None,
    seconds: float | None,
    seed: int | None,
    jobs: int,
    profile: str | None,
    replay: Path | None,
) -> None:
    """Prove random requests, and look for an allowed computation whose answer leaves its interval."""
    if replay is not None:
        if names or dtypes or count or seconds or profile or seed is not None:
            raise Impossible("--replay takes its requests from the file: it goes with none of the other options")
        tally = _replayed(replay)
    else:
        seed = secrets.randbelow(SEEDS) if seed is None else seed
        pairs = list(product(dict.fromkeys(names) or layers(), dict.fromkeys(dtypes) or FORMATS))
        click.echo(f"seed {seed}")
        count = COUNT if count is None and seconds is None else count
        tally = _run(pairs, count=count, seconds=seconds, seed=seed, jobs=jobs, profile=profile or "")
    if tally.findings:
        raise click.exceptions.Exit(1)


def _run(pairs: list[tuple[str, str]], **settings: Any) -> Tally:
    console, started = Console(stderr=True), monotonic()
    with Bar(TextColumn("{task.description}"), console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")

        def show(tally: Tally) -> None:
            rate = tally.requests / (monotonic() - started)
            found = f"{len(tally.findings)} kinds of findings"
            bar.update(task, description=f"{tally.requests} requests, {rate:.0f} a second, {found}")

        tally = run(pairs, **settings, progress=show)
        elapsed = monotonic() - started
        for number, (kind, finding) in enumerate(sorted(tally.findings.items())):
            bar.update(task, description=f"shrinking {' '.join(kind)}")
            if number < SHOWN:
                ways = ", ".join(sorted(tally.families[kind]))
                _print(shrink(finding), f"{tally.times[kind]} times, by {ways}")
    if len(tally.findings) > SHOWN:
        click.echo(f"and {len(tally.findings) - SHOWN} more kinds of findings; fuzz one layer to see its own")
    proved = tally.requests - tally.refused.total()
    click.echo(
        f"{tally.requests} requests in {elapsed:.0f} s ({tally.requests / elapsed:.0f} a second): {proved} proved, "
        f"{tally.answers} answers judged, {len(tally.findings)} kinds of findings"
    )
    for reason, times in tally.refused.most_common():
        click.echo(f"{times} refused: {reason}")
    return tally


def _replayed(path: Path) -> Tally:
    """Put the requests of a file to the algorithm that each names, and to the others."""
    tally = Tally()
    try:
        for request, name, profile in read(path):
            own = [named(name)] if name not in UNNAMED else []
            outcome = attack(request, [*own, *variants_for(request, 0, profile)], profile)
            tally.requests += 1
            if outcome.refused:
                tally.refused[outcome.refused] += 1
            for finding in outcome.findings:
                tally.note(finding)
            first = next(iter(outcome.findings), None)
            if first is not None:
                families = sorted({f.family for f in outcome.findings})
                _print(first, f"by {', '.join(families)}")
            else:
                said = f"refused: {outcome.refused}" if outcome.refused else f"{outcome.answers} answers, none outside"
                click.echo(f"{request.layer} {request.dtype}: {said}")
    except ReplayError as error:
        raise Impossible(str(error)) from None
    except KeyError as error:
        raise Impossible(f"{path} names no allowed algorithm: {error}") from None
    return tally


def _print(finding: Finding, often: str) -> None:
    """Print a finding as a sentence and as the line that replays it."""
    request = finding.request
    where = f"{request.layer} {request.dtype} {finding.tensor}{list(finding.index)}"
    click.echo(f"{where}: {finding.what} ({finding.algorithm}; {often})")
    click.echo(
        f"  got {finding.got!r}, interval [{finding.lo!r}, {finding.hi!r}], true value {finding.value!r}, "
        f"{finding.distance:.3g} of the bound"
    )
    click.echo(document(finding))
