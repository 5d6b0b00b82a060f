"""``python -m gradspec_reference`` is ``gradspec-reference``; signals are heard before the rest is read.

To serve every layer, it loads nothing but the layers.
"""

import sys

from gradspec.corpus import interrupts


def main() -> None:
    """Run ``gradspec-reference``."""
    if sys.argv[1:] == ["serve"]:
        from .serve import main as serve

        serve()
        return
    interrupts.hear_for_good()
    try:
        from .cli import entry

        entry()
    finally:
        interrupts.hear_no_more()


if __name__ == "__main__":
    main()
