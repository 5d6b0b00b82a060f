"""Many requests, spread over layers, dtypes and processes, and what came of them."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count as counting
from itertools import islice
from time import monotonic

from .attack import Finding, attack
from .draw import draw
from .selection import variants_for

CHUNK = 20  # requests that a process is given at once
Pair = tuple[str, str]
Kind = tuple[str, str, str]


@dataclass
class Tally:
    """What became of the requests so far.

    `findings` holds for each kind the example that is easiest to read, `times` how often the kind was met,
    `families` by which algorithms.
    """

    requests: int = 0
    answers: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    times: Counter[Kind] = field(default_factory=Counter)
    families: dict[Kind, set[str]] = field(default_factory=dict)
    findings: dict[Kind, Finding] = field(default_factory=dict)

    def note(self, finding: Finding) -> None:
        """Count a finding, and keep it where it is easier to read than what was kept."""
        kind = finding.kind
        self.times[kind] += 1
        self.families.setdefault(kind, set()).add(finding.family)
        if kind not in self.findings or finding.size < self.findings[kind].size:
            self.findings[kind] = finding

    def add(self, other: Tally) -> None:
        """Count what another tally counted."""
        self.requests += other.requests
        self.answers += other.answers
        self.refused.update(other.refused)
        self.drawn.update(other.drawn)
        for finding in other.findings.values():
            self.note(finding)
        self.times.update(other.times)
        self.times.subtract(Counter(dict.fromkeys(other.findings, 1)))
        for kind, families in other.families.items():
            self.families[kind] |= families


def chunk(layer: str, dtype: str, seed: int, start: int, size: int, profile: str = "") -> Tally:
    """Run the requests `start` to ``start + size`` of a layer and dtype."""
    tally = Tally()
    for index in range(start, start + size):
        drawn = draw(layer, dtype, seed, index)
        outcome = attack(drawn.request, variants_for(drawn.request, seed + index, profile), profile)
        tally.requests += 1
        tally.answers += outcome.answers
        tally.drawn.update(drawn.kinds)
        if outcome.refused:
            tally.refused[outcome.refused] += 1
        for finding in outcome.findings:
            tally.note(finding)
    return tally


def run(
    pairs: Iterable[Pair],
    *,
    count: int | None,
    seconds: float | None,
    seed: int,
    jobs: int,
    profile: str = "",
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Run `count` requests, or as many as `seconds` allow, round after round over the pairs of layer and dtype."""
    until = monotonic() + seconds if seconds is not None else float("inf")
    tally, chunks = Tally(), _chunks(list(pairs), seed, count)
    if jobs == 1:
        for arguments in chunks:
            if monotonic() > until:
                break
            tally.add(chunk(*arguments, profile))
            progress(tally)
        return tally
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(jobs, context, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:  # ours to handle
        waiting = {pool.submit(chunk, *arguments, profile) for arguments in islice(chunks, 2 * jobs)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                tally.add(future.result())
            progress(tally)
            if monotonic() <= until:
                waiting |= {pool.submit(chunk, *arguments, profile) for arguments in islice(chunks, len(done))}
    return tally


def _chunks(pairs: list[Pair], seed: int, count: int | None) -> Iterator[tuple[str, str, int, int, int]]:
    """Yield arguments of `chunk`: every pair in turn, `count` requests in all, or without end."""
    left = count if count is not None else float("inf")
    for start in counting(0, CHUNK):
        share = max(1, min(CHUNK, -(-int(min(left, CHUNK * len(pairs))) // len(pairs))))
        for layer, dtype in pairs:
            if left <= 0:
                return
            size = int(min(share, left))
            left -= size
            yield layer, dtype, seed, start, size
