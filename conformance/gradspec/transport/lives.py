"""Count how often a candidate was started, and record each life of its process that ended early.

Source: spec/protocol.md, PR-H2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Incident:
    """The early end of one life: by which fault, with how many requests in flight, blamed on which case if on any.

    It is `forgiven` if replies came late that a candidate may hold back [PR-1], or if a start failed and the next one
    did not. Every other incident fails a case.
    """

    fault: str
    message: str
    in_flight: int
    case: str = ""
    forgiven: bool = False


@dataclass
class Lives:
    """All the lives of a candidate so far."""

    starts: int = 0
    incidents: list[Incident] = field(default_factory=list)

    @classmethod
    def of(cls, several: Iterable[Lives]) -> Lives:
        """Return the lives of several processes as those of one candidate."""
        found = cls()
        for lives in several:
            found.starts += lives.starts
            found.incidents += lives.incidents
        return found

    @property
    def sound(self) -> bool:
        """Whether every early end was forgiven."""
        return all(incident.forgiven for incident in self.incidents)

    def told(self) -> str:
        """Say in a sentence what became of them; empty if the only one ended well."""
        if not self.incidents:
            return ""
        faults = Counter(incident.fault for incident in self.incidents)
        counts = ", ".join(f"{count} {fault}" for fault, count in faults.most_common())
        times = "once" if self.starts == 1 else f"{self.starts} times"
        return f"The candidate was started {times}; its process broke off {_times(len(self.incidents))} ({counts})"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
