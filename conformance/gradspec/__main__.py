"""``python -m gradspec`` is ``gradspec``."""

from .cli import entry

entry()
