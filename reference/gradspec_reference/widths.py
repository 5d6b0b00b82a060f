"""How sharp the intervals are: the table of ``spec/accuracy.md``, from the fixtures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from gradspec.corpus.case import Case, Interval

from .numbers.formats import FORMATS, Format
from .numbers.operations import Array

FIGURES = ("median", "least", "open")


def relative_widths(interval: Interval, form: Format) -> list[float]:
    """Return half the width of each element's interval relative to its value, in units of ``2**-precision``."""
    chosen = _normal(interval, form) & (interval.hi > interval.lo)
    half = (interval.hi[chosen] - interval.lo[chosen]) / 2
    return list(half / np.abs(interval.value[chosen]) * 2.0**form.precision)


def caught(interval: Interval, form: Format) -> tuple[float, float]:
    """Return the least relative errors that an element catches, away from 0 and towards it, in ``2**-precision``.

    It is the distance to the next number of the dtype beyond the interval; infinite if no element is normal.
    """
    chosen = _normal(interval, form)
    value, lo, hi = (x[chosen].astype(form.name) for x in (interval.value, interval.lo, interval.hi))
    infinity = np.array(np.inf, form.name)
    with np.errstate(over="ignore"):  # beyond the largest number there is none
        above, below = np.nextafter(hi, infinity) - value, value - np.nextafter(lo, -infinity)
    away, towards = (np.where(value > 0, *pair) / np.abs(value) for pair in ((above, below), (below, above)))
    least = [float(x.min(initial=np.inf)) * 2.0**form.precision for x in (away, towards)]
    return least[0], least[1]


def _normal(interval: Interval, form: Format) -> Array:
    return np.isfinite(interval.value) & (np.abs(interval.value) >= 2.0**form.smallest_normal)


def figures(intervals: Sequence[Interval], form: Format) -> list[str]:
    """Return the median width, the least relative error that is caught in both directions, and the share of open signs.

    A sign is open where the interval has numbers of both signs.
    """
    widths = [width for interval in intervals for width in relative_widths(interval, form)]
    least = max(map(min, zip(*(caught(interval, form) for interval in intervals), strict=True)))
    signs = np.concatenate([((i.lo < 0) & (i.hi > 0)).reshape(-1) for i in intervals])
    share = f"{signs.mean():.1%}".replace("%", " %") if signs.any() else "0"
    return [f"{np.median(widths):.1f}" if widths else "exact", f"{least:.1f}", share]


def table(cases: Iterable[Case]) -> str:
    """Return a Markdown table of `figures`: a row for each layer and tensor, the figures of each dtype side by side."""
    found: dict[tuple[str, str], dict[str, list[Interval]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        for kind in ("outputs", "gradients"):
            for name, interval in getattr(case, kind).items():
                title = name if kind == "outputs" else f"gradient of {name}"
                found[case.layer, title][case.dtype].append(interval)
    head = [f"{figure}, {dtype}" for dtype in FORMATS for figure in FIGURES]
    lines = [f"| layer | tensor | {' | '.join(head)} |", "| --- | --- |" + " ---: |" * len(head)]
    for (layer, title), by_dtype in found.items():
        cells = [cell for dtype, form in FORMATS.items() for cell in figures(by_dtype[dtype], form)]
        lines.append(f"| `{layer}` | {title} | {' | '.join(cells)} |")
    return "\n".join(lines)
