"""The table of what finds the known mistakes, with a digest of what it was computed from.

Computing it takes a minute. So the digest is compared, and the table computed only where the digest differs. The digest
covers the table's own lines too: a number that was changed by hand is found.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from gradspec.corpus.load import load
from gradspec.corpus.location import FIXTURES

from ..kill_matrix import rates, rows
from ..mistakes import MISTAKES

HERE = Path(__file__).resolve().parents[1]
SOURCES = (
    "layers/*.py",
    "mistakes/*.py",
    "numbers/operations.py",
    "kill_matrix.py",
    "prove.py",
    "wrong_answers.py",
    "tables/rates.py",
)
TITLES = {
    "gradspec": "gradspec",
    "np.allclose": "np.allclose, defaults",
    "ONNX": "ONNX backend tests, rtol 1e-3, atol 1e-7",
    "torch assert_close": "torch.testing.assert_close, float64 defaults",
    "CS231n": "CS231n relative error below 1e-7",
    "differences": "differences",
}


def digest(table: str) -> str:
    """Return the digest of the fixtures' manifest, of the modules that compute the rates, and of the table itself."""
    paths = [FIXTURES / "manifest.json", *(path for pattern in SOURCES for path in sorted(HERE.glob(pattern)))]
    whole = hashlib.sha256(table.encode())
    for path in paths:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def stamped(table: str) -> str:
    """Return a table under a comment with its digest."""
    return f"<!-- computed from {digest(table)} -->\n{table}"


def fresh(found: str) -> bool:
    """Return whether a stamped table was computed from what there is now, and not changed since."""
    return found == stamped(found.partition("\n")[2])


def text() -> str:
    """Compute the rates of all checks, and return their stamped table."""
    lines = ["| check | mistakes found | of the answers that gradspec rejects |", "| --- | --- | --- |"]
    for check, rate in rates(rows(load(), list(MISTAKES))).items():
        counted = f"{rate.mistakes} of {rate.of_mistakes}"
        lines.append(f"| {TITLES[check]} | {counted} | {100 * rate.cases / rate.of_cases:.1f} % |")
    return stamped("\n".join(lines))
