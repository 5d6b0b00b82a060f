"""The schemas of the spec: what a document or a message of each kind looks like."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from .location import SPEC


@cache
def validator(name: str) -> Any:
    """Return the validator of ``spec/schemas/<name>.schema.json``."""
    return jsonschema_rs.Draft202012Validator(_documents()[f"urn:gradspec:1.0:{name}"], registry=_registry())


@cache
def _documents() -> dict[str, Any]:
    return {d["$id"]: d for d in (json.loads(p.read_text()) for p in (SPEC / "schemas").glob("*.json"))}


@cache
def _registry() -> Any:
    return jsonschema_rs.Registry(list(_documents().items()))
