"""What a JSON document must be by ``spec/schemas``, and the sentence for one that is not.

jsonschema-rs decides, because it is fast; jsonschema words the fault, because it finds the most telling one. A process
in which every document is valid does not import jsonschema.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from .location import SPEC
from .text import quote

LARGEST_WORDED = 1 << 18  # bytes of a document for which jsonschema takes less than a second
LONGEST_RECEIVED = 60  # characters


class SchemaError(ValueError):
    """A document breaks its schema; the message says where, which rule, and what was received."""


def require(document: Any, name: str, size: int) -> None:
    """Raise `SchemaError` unless ``spec/schemas/<name>.schema.json`` accepts a document, which had `size` bytes.

    Raises ``ValueError`` if the document is nested too deeply to be looked at.
    """
    if not validator(name).is_valid(document):
        where, message = (size <= LARGEST_WORDED and _best_fault(document, name)) or _first_fault(document, name)
        place = f"{quote('/'.join(map(str, where)))}: " if where else ""
        raise SchemaError(f"{place}{quote(message)}")


@cache
def validator(name: str) -> Any:
    """Return the fast validator of ``spec/schemas/<name>.schema.json``."""
    return jsonschema_rs.Draft202012Validator(_schemas()[_urn(name)], registry=_registry())


@cache
def _registry() -> Any:
    return jsonschema_rs.Registry(list(_schemas().items()))


def _best_fault(document: Any, name: str) -> tuple[list[Any], str] | None:
    """Return where a document breaks its schema and a sentence by jsonschema, if it agrees that it does.

    It does not where its regular expressions accept a line feed at the end of a name.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry, Resource

    resources = [(urn, Resource.from_contents(schema)) for urn, schema in _schemas().items()]
    exact = Draft202012Validator(_schemas()[_urn(name)], registry=Registry().with_resources(resources))
    try:
        fault = best_match(exact.iter_errors(document))
        received = "" if fault is None else repr(fault.instance)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if fault is None:
        return None
    brief = received if len(received) <= LONGEST_RECEIVED else f"{received[:LONGEST_RECEIVED]}..."
    message = fault.message.replace(received, brief)  # a long one would leave no room for the rule
    return list(fault.absolute_path), f"{message}, got {brief}" if fault.validator == "const" else message


def _first_fault(document: Any, name: str) -> tuple[list[Any], str]:
    fault = next(validator(name).iter_errors(document))
    return fault.instance_path, fault.message


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    documents = (json.loads(path.read_text(encoding="utf-8")) for path in (SPEC / "schemas").glob("*.json"))
    return {document["$id"]: document for document in documents}


def _urn(name: str) -> str:
    return f"urn:gradspec:1.1:{name}"
