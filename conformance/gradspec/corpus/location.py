"""Where the spec and the fixtures are: inside the installed package, else in the checkout around it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "corpus"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[1]

SPEC = _ROOT / "spec"
FIXTURES = _ROOT / "fixtures"
