"""Each edge case of a layer under every setting: both layouts, every reduction.

An edge case is written down once. A candidate that declares one layout or one reduction only is asked it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from gradspec.corpus.coverage import EDGES
from gradspec.corpus.spec import layers

from ..numbers.formats import Format
from ..numbers.operations import Array
from .question import Draw, Question

Setting = Mapping[str, str]


def questions_of(layer: str, form: Format, written: Sequence[Question]) -> list[Question]:
    """Return the `written` questions of a layer, tagged, and each edge case in every setting that it lacks."""
    tagged = [_tagged(question, form) for question in written]
    attributes = layers()[layer].attributes
    settings = [dict(zip(attributes, values, strict=True)) for values in product(*attributes.values())]
    present = {(core(question.name), _key(question.attributes)) for question in tagged}
    found = list(tagged)
    for question in tagged:
        if not set(question.tags) & set(EDGES):
            continue
        for setting in settings:
            if (core(question.name), _key(setting)) not in present:
                present.add((core(question.name), _key(setting)))
                found.append(_under(setting, question, layer, form))
    return found


def core(name: str) -> str:
    """Return the name of a case without the endings that name its setting."""
    return re.sub(r"(_(mean|sum|none))?(_columns)?$", "", name)


def _key(setting: Setting) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(setting.items()))


def _tagged(question: Question, form: Format) -> Question:
    """Return a question with the tags that its numbers give it."""
    arrays = [a for a in (*question.inputs.values(), *question.cotangents.values()) if a.dtype.kind == "f"]
    smallest = 2.0**form.smallest_normal
    seen = {
        "empty": "labels" in question.inputs and not question.inputs["labels"].size or _empty_batch(question),
        "special": any(not np.isfinite(a).all() for a in arrays),
        "subnormal": any(((a != 0) & (abs(a) < smallest)).any() for a in arrays),
    }
    new = [tag for tag, holds in seen.items() if holds and tag not in question.tags]
    return replace(question, tags=(*question.tags, *new))


def _empty_batch(question: Question) -> bool:
    axis = -1 if question.attributes.get("layout") == "columns" else 0
    first = next(iter(question.inputs.values()))
    return "layout" in question.attributes and first.ndim == 2 and first.shape[axis] == 0


def _under(setting: Setting, question: Question, layer: str, form: Format) -> Question:
    """Return an edge case under another setting: the same numbers, examples turned, a cotangent of the new shape."""
    own, name = question.attributes, core(question.name)
    turned = setting.get("layout") != own.get("layout")
    reduction = setting.get("reduction")
    if reduction is not None and reduction != own["reduction"] or question.name != name:
        name = f"{name}_{reduction}" if reduction else name
    if setting.get("layout") == "columns":
        name += "_columns"
    inputs = {k: np.array(a.T, order="C") if turned else a for k, a in question.inputs.items()}
    cotangents = {k: np.array(a.T, order="C") if turned else a for k, a in question.cotangents.items()}
    if reduction is not None and cotangents and reduction != own["reduction"]:
        cotangents = {"loss": _cotangent(question, reduction, Draw(form, f"{layer}/{name}"))}
    where = ", ".join(f"{key} {value}" for key, value in setting.items())
    return replace(
        question,
        name=name,
        why=f"{question.why} Under {where}.",
        inputs=inputs,
        cotangents=cotangents,
        attributes=dict(setting),
    )


def _cotangent(question: Question, reduction: str, draw: Draw) -> Array:
    """Return a cotangent for another reduction: as given where only the factor 1/N changes, else a new one."""
    given = question.cotangents["loss"]
    if reduction == "none":
        layout = question.attributes.get("layout")
        first = next(iter(question.inputs.values()))
        return draw.generic("dloss", first.shape[-1 if layout == "columns" else 0])
    return given if not given.ndim else draw.generic("dloss")
