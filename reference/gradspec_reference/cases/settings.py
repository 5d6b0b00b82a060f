"""Each edge case of a layer under every setting: both layouts, every reduction.

An edge case is written down once. A candidate that declares one layout or one reduction only is asked it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from gradspec.corpus.coverage import CASES, EDGES, FLOORS
from gradspec.corpus.spec import layers

from ..numbers.formats import Format
from ..numbers.operations import Array
from .question import Draw, Question

Setting = Mapping[str, str]

FILLERS = ("odd_batch",)
ODD_BATCH = 7  # examples: what a loop over pairs or over fours leaves out shows


def questions_of(layer: str, form: Format, written: Sequence[Question]) -> list[Question]:
    """Return the `written` questions of a layer, tagged, and each edge case in every setting that it lacks.

    A setting that has fewer cases than the floor is then asked the cases of an odd batch, too.
    """
    tagged = [_tagged(layer, question, form) for question in written]
    attributes = layers()[layer].attributes
    settings = [dict(zip(attributes, values, strict=True)) for values in product(*attributes.values())]
    found = list(tagged)
    for fills, chosen in ((False, _having(tagged, EDGES)), (True, _having(tagged, FILLERS))):
        for question, setting in product(chosen, settings):
            low = sum(q.attributes == setting for q in found) < FLOORS[CASES]
            present = any(q.attributes == setting and core(q.name) == core(question.name) for q in found)
            if not present and (low or not fills):
                found.append(_under(setting, question, layer, form))
    return found


def _having(questions: Sequence[Question], tags: Sequence[str]) -> list[Question]:
    return [question for question in questions if set(question.tags) & set(tags)]


def core(name: str) -> str:
    """Return the name of a case without the endings that name its setting."""
    return re.sub(r"(_(mean|sum|none))?(_columns)?$", "", name)


def _tagged(layer: str, question: Question, form: Format) -> Question:
    """Return a question with the tags that its numbers give it."""
    arrays = [a for a in (*question.inputs.values(), *question.cotangents.values()) if a.dtype.kind == "f"]
    sizes = layers()[layer].bind(question.attributes, question.inputs)
    smallest = 2.0**form.smallest_normal
    seen = {
        "empty": sizes.get("N") == 0,
        "odd_batch": sizes.get("N") == ODD_BATCH,
        "one_class": layers()[layer].clause("I2") != "its page" and sizes.get("C") == 1,
        "special": any(not np.isfinite(a).all() for a in arrays),
        "subnormal": any(((a != 0) & (abs(a) < smallest)).any() for a in arrays),
    }
    new = [tag for tag, holds in seen.items() if holds and tag not in question.tags]
    return replace(question, tags=(*question.tags, *new))


def _under(setting: Setting, question: Question, layer: str, form: Format) -> Question:
    """Return an edge case under another setting: the same numbers, examples turned, a cotangent of the new shape."""
    own, name = question.attributes, core(question.name)
    turned = setting.get("layout") != own.get("layout")
    reduction = setting.get("reduction")
    if (reduction is not None and reduction != own["reduction"]) or question.name != name:
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
        tags=tuple(tag for tag in question.tags if tag != "erratum"),
    )


def _cotangent(question: Question, reduction: str, draw: Draw) -> Array:
    """Return a cotangent for another reduction: as given where only the factor 1/N changes, else a new one."""
    given = question.cotangents["loss"]
    if reduction == "none":
        layout = question.attributes.get("layout")
        first = next(iter(question.inputs.values()))
        return draw.generic("dloss", first.shape[-1 if layout == "columns" else 0])
    return given if not given.ndim else draw.generic("dloss")
