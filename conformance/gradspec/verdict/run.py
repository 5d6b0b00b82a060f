"""A run: what is known of one candidate so far, and what follows from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from ..corpus.case import Case
from ..corpus.tensors import Message
from ..diagnosis.account import Account
from ..diagnosis.explanation import Failure
from ..transport.lives import Lives
from .result import NOT_ASKED, RejectionResult, Result
from .variants import variants


@dataclass
class Run:
    """One candidate, asked once: what is known so far.

    `partial` says why not the whole corpus was to be asked. `surprises` are the differences from what was expected to
    fail, by case, if anything was. `edges` are the tags of edge cases that the corpus has, by layer and dtype, whatever
    was declared. `unexplained` says why there is no account of the failures, if there is none.
    """

    total: int
    seed: int = 0
    partial: str = ""
    implementation: dict[str, str] = field(default_factory=dict)
    declared: Message = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    selected: list[Case] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    rejected: list[RejectionResult] = field(default_factory=list)
    complete: bool = False
    transport_sound: bool = True
    accounts: list[Account] = field(default_factory=list)
    surprises: dict[str, str] | None = None
    edges: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    lives: Lives = field(default_factory=Lives)
    unexplained: str = ""
    interrupted: bool = False
    requests: int = 0
    asking_seconds: float = 0.0
    _worked_out: tuple[Any, tuple[dict[str, str], list[Case]]] | None = field(default=None, repr=False)

    def wrong_answers(self) -> dict[str, Failure]:
        """Return the first wrong answer to each case that has one, by case id."""
        found: dict[str, Failure] = {}
        for r in self.results:
            case = r.variant.case
            if r.answer and case.id not in found:
                failed = frozenset(finding.tensor for finding in r.judgement.findings)
                found[case.id] = Failure(case, {k: v.astype("f8") for k, v in r.answer.items()}, failed)
        return found

    @property
    def explanations(self) -> dict[str, str]:
        """Return what explains each case that was answered wrongly, by case id: a name, or several joined by ``+``."""
        by_case: dict[str, str] = {}
        for explanation in (e for account in self.accounts for e in account.explanations):
            for case_id in (*explanation.matched, *explanation.consistent):
                names = by_case.get(case_id)
                by_case[case_id] = f"{names}+{explanation.name}" if names else explanation.name
        return by_case

    @property
    def failed(self) -> dict[str, str]:
        """The cases and rejections that did not pass, each with its first verdict; not those never asked."""
        return self._facts()[0]

    @property
    def asked(self) -> list[Case]:
        """The cases that were asked in every variant, or have failed in one."""
        return self._facts()[1]

    def _facts(self) -> tuple[dict[str, str], list[Case]]:
        """Return `failed` and `asked`, worked out once for what has come so far."""
        so_far = len(self.results), len(self.rejected), len(self.selected), self.capabilities
        if self._worked_out is None or self._worked_out[0] != so_far:
            failed = self._failed()
            self._worked_out = so_far, (failed, self._asked(failed))
        return self._worked_out[1]

    def _failed(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, verdict in [(r.variant.case.id, r.verdict) for r in self.results] + [
            (r.rejection.id, r.verdict) for r in self.rejected
        ]:
            if verdict not in ("passed", NOT_ASKED):
                found.setdefault(name, verdict)
        return found

    def _asked(self, failed: Container[str]) -> list[Case]:
        answered = Counter(r.variant.case.id for r in self.results if r.verdict != NOT_ASKED)
        return [c for c in self.selected if c.id in failed or answered[c.id] == len(variants(c, self.capabilities))]

    @property
    def whole(self) -> bool:
        """Whether all that the candidate declared was asked."""
        refused = {r.rejection.id for r in self.rejected if r.verdict != NOT_ASKED}
        return self.complete and len(self.asked) == len(self.selected) and len(refused) == len(self.rejected)

    @property
    def exit_code(self) -> int:
        """Return 0 if all that was declared was asked, and passed or failed as expected; else 1.

        A run that was cut short, or of no case at all, is 2. A life that ended early and was not forgiven fails a run
        even where it failed no case.
        """
        if not (self.results or self.rejected) or not self.complete or self.interrupted:
            return 2
        if not self.lives.sound and not self.failed:
            return 1
        wrong = self.failed if self.surprises is None else self.surprises
        return 0 if self.whole and not wrong else 1
