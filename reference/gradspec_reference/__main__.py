"""``python -m gradspec_reference`` is ``gradspec-reference``."""

from .cli import entry

entry()
