"""Failures that are expected: a file of them, and how a run differs from it.

A line is ``CASE-ID EXPLANATION``; what follows ``#`` is a comment. A request that had to be refused is
listed by its id as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ..corpus import files
from ..corpus.files import FixtureError
from ..corpus.text import quote
from .result import NOT_ASKED
from .run import Run

HEADER = "# Expected failures, one a line: the id and the explanation. `gradspec check --expect` reads this file.\n"


LARGEST_BYTES = 4 * files.MEBIBYTE
REMEDY = "--write-expect writes such a file"


class ExpectationsError(Exception):
    """A file of expected failures cannot be used; the message says why."""


def explanation_of(run: Run, case_id: str) -> str:
    """Return in one word why a case failed: its verdict, or for a wrong answer the known mistakes that it agrees with.

    What depends on the other cases of the run is not in it, so that a filtered run expects the same.
    """
    verdict = run.failed[case_id]
    agreeing = [e.name for a in run.accounts for e in a.explanations if e.known and case_id in e.matched]
    return "+".join(agreeing) if verdict == "wrong" and agreeing else verdict


def read(path: Path) -> dict[str, str]:
    """Return the explanation of each expected failure; raise `ExpectationsError` if that is not what the file holds."""
    try:
        lines = files.content(path, LARGEST_BYTES, remedy=REMEDY).decode("utf-8").splitlines()
    except FixtureError as error:
        raise ExpectationsError(str(error)) from None
    except ValueError as error:
        raise ExpectationsError(f"{path} cannot be read: it is not UTF-8 ({error})") from None
    expected: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if words and len(words) != 2:
            raise ExpectationsError(
                f"{path}, line {number}: a line is a case id and one word, got {quote(line.strip())!r}"
            )
        if words and words[0] in expected:
            raise ExpectationsError(f"{path}, line {number}: {quote(words[0])} is listed twice")
        if words:
            expected[words[0]] = words[1]
    return expected


def text(run: Run, kept: Mapping[str, str]) -> str:
    """Return the file that expects what failed in `run`, and what is `kept` of an older file."""
    lines = {**kept} | {name: explanation_of(run, name) for name in run.failed}
    return HEADER + "".join(f"{name} {lines[name]}\n" for name in sorted(lines))


def surprises(run: Run, expected: Mapping[str, str], known: Collection[str], chosen: Collection[str]) -> dict[str, str]:
    """Say, by id, how a run differs from what was `expected` to fail.

    `known` are the ids that the fixtures have, `chosen` those that the filters of this run left. An expected failure
    that the filters left out is no surprise.
    """
    found: dict[str, str] = {}
    for name in run.failed:
        explanation = explanation_of(run, name)
        if name not in expected:
            found[name] = f"UNEXPECTED FAILURE {name}: {explanation}; fix it, or expect it"
        elif explanation != expected[name]:
            found[name] = f"CHANGED {name}: {explanation}, expected {expected[name]}; see what changed, or expect it"
    passed = {c.id for c in run.asked} | {r.rejection.id for r in run.rejected if r.verdict != NOT_ASKED}
    for name in expected.keys() - run.failed.keys():
        if name not in known:
            found[name] = f"STALE {name}: the fixtures have no such case; remove the line"
        elif name in passed:
            found[name] = f"UNEXPECTED PASS {name}: expected {expected[name]}; remove the line"
        elif name in chosen:
            found[name] = f"STALE {name}: it was not asked ({run.skipped.get(name, 'not declared')}); remove the line"
    return dict(sorted(found.items()))
