"""``python -m gradspec_reference`` is ``gradspec-reference``."""

from .cli import main

main()
