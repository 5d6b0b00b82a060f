"""How sharp the intervals are: the table of ``spec/accuracy.md``, from the fixtures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from gradspec.corpus.case import Case, Interval

from .numbers.formats import FORMATS, Format


def relative_widths(interval: Interval, form: Format) -> list[float]:
    """Return half the width of each element's interval relative to its value, in units of ``2**-precision``."""
    normal = np.abs(interval.value) >= 2.0**form.smallest_normal
    wide = interval.hi > interval.lo
    chosen = normal & wide & np.isfinite(interval.value)
    half = (interval.hi[chosen] - interval.lo[chosen]) / 2
    return list(half / np.abs(interval.value[chosen]) * 2.0**form.precision)


def table(cases: Iterable[Case]) -> str:
    """Return a Markdown table of median widths: a row per layer and tensor, a column per dtype."""
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        for kind in ("outputs", "gradients"):
            for name, interval in getattr(case, kind).items():
                title = name if kind == "outputs" else f"gradient of {name}"
                found[case.layer, title][case.dtype] += relative_widths(interval, FORMATS[case.dtype])
    lines = [f"| layer | tensor | {' | '.join(FORMATS)} |", "| --- | --- |" + " ---: |" * len(FORMATS)]
    for (layer, title), by_dtype in found.items():
        medians = [f"{np.median(by_dtype[d]):.1f}" if by_dtype[d] else "exact" for d in FORMATS]
        lines.append(f"| `{layer}` | {title} | {' | '.join(medians)} |")
    return "\n".join(lines)
