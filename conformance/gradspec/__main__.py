"""``python -m gradspec_conformance`` is ``gradspec``."""

from .cli import entry

entry()
