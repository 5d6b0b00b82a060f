"""Find simple relations between a wrong tensor and the right one, for when no known mistake fits.

Each test takes one wrong tensor and returns what it saw, or an empty text. It states a relation only if the relation
holds for every element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpus.case import Case, Interval
from ..corpus.spec import layers

Array = npt.NDArray[Any]

LARGE_LOGIT = {"float64": 700.0, "float32": 80.0}  # beyond, exponentials without a shift leave the range
NEAR_FACTOR = 1e-3  # relative: a factor so close to a named one, or to 1, is compared with it
LEAST_ELEMENTS = 3  # with fewer, a relation that has a free number may hold by chance
ROUNDING_ULPS = 8.0  # by which rounding may separate a wrong tensor from the relation


@dataclass(frozen=True)
class Wrong:
    """A wrong tensor of one case: what was got, float64, and the interval that it missed."""

    case: Case
    path: str
    got: Array
    interval: Interval

    def passes(self, got: Array, scale: float = 1.0) -> bool:
        """Tell whether `got` would have passed, or, `scale` times the right tensor, been as good."""
        i, wanted = self.interval, scale * self.interval.value
        if got.shape != wanted.shape:
            return False
        if scale == 1.0:
            return bool(i.passes(got).all())
        slack = abs(scale) * (i.hi - i.lo) + ROUNDING_ULPS * np.finfo(self.case.dtype).eps * abs(wanted)
        near = (got == wanted) | (abs(got - wanted) <= slack) | np.isnan(got) & np.isnan(wanted)
        return bool(near.all())

    @property
    def failed(self) -> Array:
        """Mark the elements that do not pass."""
        return ~self.interval.passes(self.got)

    def named_factors(self) -> Iterator[tuple[str, float]]:
        """Yield the factors that a mistake would leave: signs, halves, sizes."""
        yield from (("-1", -1.0), ("2", 2.0), ("1/2", 0.5), ("1/ln 2", 1 / np.log(2)))
        layer = layers()[self.case.layer]
        sizes = layer.bind(self.case.attributes, self.case.inputs)
        for symbol, size in sizes.items():
            if isinstance(size, int) and size > 1:
                yield from ((symbol, float(size)), (f"1/{symbol}", 1 / size))
        for cotangent in self.case.cotangents.values():
            if not cotangent.ndim and cotangent and self.path.startswith("gradients/"):
                yield "1/cotangent", 1 / float(cotangent)


Test = Callable[[Wrong], str]


def nothing_but_nan(w: Wrong) -> str:
    """See whether nothing was computed."""
    return "every element is NaN" if np.isnan(w.got).all() else ""


def zero(w: Wrong) -> str:
    """See whether nothing was written."""
    return "every element is 0" if not w.got.any() else ""


def factor(w: Wrong) -> str:
    """See whether the tensor is a multiple of the right one."""
    value = np.where(np.isfinite(w.interval.value), w.interval.value, 0.0)
    if not value.any():
        return ""
    at = np.unravel_index(int(np.argmax(abs(value))), value.shape)
    scale = float(w.got[at] / value[at])
    named = [name for name, x in w.named_factors() if abs(scale - x) <= NEAR_FACTOR * abs(x) and w.passes(w.got, x)]
    if named:
        return f"every element is the right one times {' or '.join(named)}"
    if not scale or (value != 0).sum() < LEAST_ELEMENTS or not w.passes(w.got, scale):
        return ""
    near = f"1 {'+' if scale > 1 else '-'} {abs(scale - 1):.3g}"
    return f"every element is the right one times {near if abs(scale - 1) < NEAR_FACTOR else f'{scale:.6g}'}"


def transposed(w: Wrong) -> str:
    """See whether the transpose is right."""
    if w.got.ndim != 2 or w.got.shape[0] != w.got.shape[1] or not w.passes(w.got.T):
        return ""
    layout = " (it is right for the other layout)" if "layout" in w.case.attributes else ""
    return f"its transpose is right{layout}"


def column_major(w: Wrong) -> str:
    """See whether the elements are right in another order of memory."""
    if min(w.got.shape, default=0) < 2:
        return ""
    return "right when read in column-major order" if w.passes(w.got.reshape(w.got.shape[::-1]).T) else ""


def rows_permuted(w: Wrong) -> str:
    """See whether the rows, or the columns, are right in another order."""
    if w.got.ndim != 2 or len(w.got) < 2:
        return ""
    for axis, name in ((w.got, "rows"), (w.got.T, "columns")):
        value = w.interval.value if name == "rows" else w.interval.value.T
        order = [int(np.argmin(np.nan_to_num(abs(axis - row).sum(axis=1), nan=np.inf))) for row in value]
        if sorted(order) == list(range(len(axis))):
            restored = axis[order] if name == "rows" else axis[order].T
            if w.passes(restored):
                reverse = order == sorted(order, reverse=True)
                return f"right with its {name} {'reversed' if reverse else f'in the order {order}'}"
    return ""


def offset(w: Wrong) -> str:
    """See whether the same number was added to every element."""
    shift = w.got - w.interval.value
    if w.got.size < LEAST_ELEMENTS or not np.isfinite(shift).all():
        return ""
    width = (w.interval.hi - w.interval.lo).max() + np.finfo(w.case.dtype).eps * abs(w.interval.value).max()
    constant = float(np.median(shift))
    if abs(constant) <= ROUNDING_ULPS * width or (abs(shift - constant) > ROUNDING_ULPS * width).any():
        return ""
    return f"every element is too {'large' if constant > 0 else 'small'} by the same number"


def lower_precision(w: Wrong) -> str:
    """See whether the elements are those of a narrower type, or wrong by the roundings of float32."""
    value, known = w.interval.value, np.isfinite(w.interval.value)
    if known.sum() < LEAST_ELEMENTS or not np.array_equal(w.got[~known], value[~known], equal_nan=True):
        return ""
    error = abs(w.got - value)[known].max() / abs(value)[known].max()
    for name, bits in (("bfloat16", 8), ("TF32 or float16", 11), ("float32", 24)):
        unit = 2.0**-bits
        if np.finfo(w.case.dtype).eps < unit and error <= 2 * unit:
            mantissas = np.frexp(w.got[known])[0] * 2.0**bits
            if (mantissas == np.round(mantissas)).all():
                return f"every element has the {bits} bits of {name}, and is right to about as many"
            if bits == 24 and error >= unit / 8:
                return "right to about the 24 bits of float32, and no further"
    return ""


def one_line(w: Wrong) -> str:
    """See whether one row, one column or one element of a vector alone is wrong."""
    failed = w.failed
    names = {1: ((0, "element"),), 2: ((0, "row"), (1, "column"))}.get(failed.ndim, ())
    for axis, name in names:
        others = tuple(i for i in range(failed.ndim) if i != axis)
        lines = np.flatnonzero(failed.any(axis=others))
        if len(lines) == 1 and failed.shape[axis] >= LEAST_ELEMENTS:
            ends = {0: f"the first {name}", failed.shape[axis] - 1: f"the last {name}"}
            return f"only {ends.get(int(lines[0]), f'{name} {lines[0]}')} is wrong"
    return ""


def at_kinks(w: Wrong) -> str:
    """See whether a relu is wrong at its kink and nowhere else."""
    kinks = [x == 0 for x in w.case.inputs.values() if x.shape == w.got.shape and x.dtype.kind == "f"]
    if w.case.layer != "relu" or not any(np.array_equal(w.failed, kink) for kink in kinks):
        return ""
    return "wrong exactly where x is 0, the kink"


def large_logits(w: Wrong) -> str:
    """See whether large logits alone are wrong."""
    logits = w.case.inputs.get("logits")
    if logits is None or logits.shape != w.got.shape:
        return ""
    axis = 0 if w.case.attributes.get("layout") == "columns" else 1
    large, failed = (abs(logits) > LARGE_LOGIT[w.case.dtype]).any(axis=axis), w.failed.any(axis=axis)
    same = np.array_equal(large, failed) and not large.all()
    return "wrong exactly in the examples with large logits" if same else ""


def cotangent_or_input(w: Wrong) -> str:
    """See whether something came back as it was sent."""
    given = {f"the cotangent of {k}": v for k, v in w.case.cotangents.items()}
    given |= {f"the input {k}": v for k, v in w.case.inputs.items()}
    echoes = [name for name, v in given.items() if v.size > 1 and np.array_equal(v, w.got, equal_nan=True)]
    return f"it is {echoes[0]}, unchanged" if echoes else ""


def another_answer(w: Wrong) -> str:
    """See whether the tensor is the right one of another name."""
    others = {path: i for path, i in w.case.intervals().items() if path != w.path}
    found = [path for path, i in others.items() if i.value.size > 1 and Wrong(w.case, path, w.got, i).passes(w.got)]
    return f"it is the right {found[0]}" if found else ""


HYPOTHESES: Mapping[str, tuple[Test, str]] = {
    "all_nan": (nothing_but_nan, "Look for 0/0, inf - inf, or memory that was never written."),
    "all_zero": (zero, "Look for a gradient that is never written, or reset before it is returned."),
    "echo": (cotangent_or_input, "Look for a buffer that is returned unchanged."),
    "exchanged": (another_answer, "Look for two tensors that were returned under each other's name."),
    "constant_factor": (factor, "Look for a reduction that divides too often or not at all, or a forgotten sign."),
    "transposed": (transposed, "Look for a missing transpose, or a layout that is ignored."),
    "column_major": (column_major, "Look at how rows and columns are laid out in memory."),
    "permuted": (rows_permuted, "Look for an index that runs the wrong way or is off by one."),
    "constant_offset": (offset, "Look for something added once too often."),
    "wrong_at_kink": (at_kinks, "Use the derivative that the layer's page gives at the kink."),
    "wrong_at_large_logits": (large_logits, "Subtract each example's maximum before taking exponentials."),
    "one_line_wrong": (
        one_line,
        "Look at what is special about it: a loop's first or last iteration, a remainder, a label.",
    ),
    "lower_precision": (
        lower_precision,
        "Look for a buffer or an accumulator of a narrower type, or an approximation.",
    ),
}


def seen(test: Test, wrong: Wrong) -> str:
    """Return what one test sees of a wrong tensor."""
    with np.errstate(all="ignore"):
        return test(wrong)


def fitting(wrong: Wrong) -> dict[str, str]:
    """Return what was seen of a wrong tensor, by the name of the relation, the most telling first."""
    found = {name: seen(test, wrong) for name, (test, _) in HYPOTHESES.items()}
    return {name: evidence for name, evidence in found.items() if evidence}
