"""A known mistake: the reference with some of its functions replaced by wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any
from unittest.mock import patch

Replacement = tuple[ModuleType, str, Callable[..., Any]]
BOTH = ("float32", "float64")
DOUBLE = ("float64",)


@dataclass(frozen=True)
class Mistake:
    """Something that people get wrong in a layer.

    `what` says in a sentence what was done, `remedy` what to do instead, `clauses` where the spec says so.
    `replaced` are the functions of the reference that are wrong. It shows in `dtypes`; in the others it is smaller than
    the rounding that is allowed, and `lost_in_rounding` says why.
    """

    name: str
    what: str
    remedy: str
    clauses: tuple[str, ...]
    replaced: tuple[Replacement, ...]
    dtypes: tuple[str, ...] = BOTH
    lost_in_rounding: str = ""

    @contextmanager
    def made(self) -> Iterator[None]:
        """Let the reference make this mistake for a while."""
        with ExitStack() as stack:
            for module, name, function in self.replaced:
                stack.enter_context(patch.object(module, name, function))
            yield


def instead(module: ModuleType, **functions: Callable[..., Any]) -> tuple[Replacement, ...]:
    """Return the replacement of functions of a module by others of the same name."""
    return tuple((module, name, function) for name, function in functions.items())


def inherited(mistakes: Sequence[Mistake], **clauses: str | tuple[str, ...]) -> list[Mistake]:
    """Return those of `mistakes` that are named, as made inside a larger layer, whose own clauses come first."""
    by_name = {mistake.name: mistake for mistake in mistakes}
    own = {name: (given,) if isinstance(given, str) else given for name, given in clauses.items()}
    return [replace(by_name[name], clauses=(*own[name], *by_name[name].clauses)) for name in own]
