"""Summarise a run: counts, reasons, the claim that it allows."""

from __future__ import annotations

from collections import Counter, defaultdict
from importlib.metadata import PackageNotFoundError, version

from ..corpus import SPEC_VERSION
from ..corpus.coverage import too_few
from ..corpus.spec import layers
from ..verdict.result import NOT_ASKED
from ..verdict.run import Run

UNKNOWN = 10  # declarations that are named


def tool_version() -> str:
    """Return the version of the installed tool, ``0`` in a bare checkout."""
    try:
        return version("gradspec")
    except PackageNotFoundError:
        return "0"


def summary(run: Run) -> dict[str, int]:
    """Count cases: in the manifest, run, passed in every variant, failed in one, skipped."""
    asked = len(run.asked)
    failed = len({case.id for case in run.asked} & run.failed.keys())
    return {
        "cases": run.total,
        "run": asked,
        "passed": asked - failed,
        "failed": failed,
        "skipped": run.total - asked,
    }


def reasons(run: Run) -> dict[str, int]:
    """Count the cases that were not run, or not in every variant, by the reason why."""
    why = {case.id: "the run was cut short" for case in run.selected}
    for r in run.results:
        short = "the run was cut short before the case had been asked in every variant"
        why[r.variant.case.id] = f"not asked: {r.message}" if r.verdict == NOT_ASKED else short
    for case in run.asked:
        del why[case.id]
    return dict(Counter((why | run.skipped).values()).most_common())


def no_claim(run: Run) -> str:
    """Say why a run in which nothing unexpected came of it allows no claim; empty if it allows one.

    Source: spec/README.md, "Claims".
    """
    if run.failed:
        return f"{len(run.failed)} failed as expected"
    if run.partial:
        return run.partial
    for (layer, dtype), edges in run.edges.items():
        asked = [case for case in run.selected if (case.layer, case.dtype) == (layer, dtype)]
        if not asked:
            continue
        attributes = layers()[layer].attributes
        declared = {
            k: [v for v in given if v in layers()[layer].declared(k, run.declared[layer])]
            for k, given in attributes.items()
        }
        if few := too_few(layer, dtype, asked, edges, declared):
            return few
    return ""


def claim(run: Run) -> str:
    """Return what the run allows a library to say of itself; empty unless all that it declared was run and passed.

    Source: spec/README.md, "Claims".
    """
    if run.exit_code or no_claim(run):
        return ""
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, layer in layers().items():
        asked = [case for case in run.selected if case.layer == name]
        parts = [", ".join(dict.fromkeys(case.dtype for case in reversed(asked)))]
        for attribute, values in layer.attributes.items():
            has = {case.attributes[attribute] for case in asked}
            parts.append(f"{attribute} {', '.join(v for v in values if v in has)}")
        if asked:
            alike[tuple(parts)].append(name)
    groups = (f"{', '.join(names)} ({'; '.join(parts)})" for parts, names in alike.items())
    count, lives = len(run.selected), run.lives.told()
    told = f". {lives}; asked one by one, it answered in time" if lives else ""
    profile = f" with the profile {', '.join(run.profiles)}" if run.profiles else ""
    return f"conforms to gradspec {SPEC_VERSION}{profile} on the {count} published cases: {'; '.join(groups)}{told}"


def unknown_to_the_spec(run: Run) -> list[str]:
    """Name what a candidate declared that the spec has not, and that was therefore not asked."""
    found = [f"layer {name}" for name in run.declared if name not in layers()]
    for name, declared in run.declared.items():
        if name in layers():
            known = layers()[name].attributes
            values = [(k, v) for k, given in declared.get("attributes", {}).items() for v in given]
            found += [f"{name} {k} = {v}" for k, v in values if v not in known.get(k, ())]
    return found if len(found) <= UNKNOWN else [*found[:UNKNOWN], f"{len(found) - UNKNOWN} more"]
