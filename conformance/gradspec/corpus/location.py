"""Where the spec and the fixtures are: inside the installed package, else in the checkout around it."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_INSTALLED = _HERE / "data"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _HERE.parents[2]

SPEC = _ROOT / "spec"
FIXTURES = _ROOT / "fixtures"
