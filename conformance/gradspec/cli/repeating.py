"""The commands that repeat a run, or a part of it, as a user types them."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..corpus.location import FIXTURES
from ..corpus.selection import Selection
from ..verdict.variants import AGAIN


@dataclass(frozen=True)
class Repeating:
    """What a run was started with: the options that choose and limit, its seed and the candidate's command.

    `timeout` is None where the user gave none.
    """

    fixtures: Path
    chosen: Selection
    timeout: float | None
    seed: int
    command: Sequence[str]

    def failure(self, case_or_request: str, variant: str = "") -> str:
        """Return the command that repeats a failure: its case alone, or the whole order of the run's seed.

        A case that fails only when it is asked again may need the cases before it.
        """
        if variant == AGAIN:
            return self._check(*self._filters(), *self._where(), *self._limits(), "--seed", str(self.seed))
        return self._check("--case", case_or_request, *self._where(), *self._limits())

    def expecting(self, path: Path) -> str:
        """Return the command that writes what fails to a file of expectations."""
        return self._check(*self._filters(), *self._where(), "--write-expect", str(path))

    def _filters(self) -> list[str]:
        chosen = self.chosen
        filters = (
            ("--layer", chosen.layers),
            ("--dtype", chosen.dtypes),
            ("--case", chosen.globs),
            ("--tag", chosen.tags),
        )
        return [word for option, values in filters for value in values for word in (option, value)]

    def _where(self) -> list[str]:
        return ["--fixtures", str(self.fixtures)] if self.fixtures != FIXTURES else []

    def _limits(self) -> list[str]:
        return ["--timeout", str(self.timeout)] if self.timeout is not None else []

    def _check(self, *options: str) -> str:
        return shlex.join([*_program(), "check", *options, *(["--", *self.command] if self.command else [])])


def _program() -> list[str]:
    """Return how the user starts this program: by its name, by the path that was typed, or as a module."""
    found, typed = shutil.which("gradspec"), sys.argv[0]
    if Path(typed).name == "gradspec" and typed != found:
        return [typed]
    return ["gradspec"] if found else [sys.executable, "-m", "gradspec"]
