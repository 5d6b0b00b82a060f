"""``python -m gradspec`` is ``gradspec``; signals are heard before the rest of the program is read."""

import os
import signal


def _end(*_: object) -> None:
    os.write(2, b"Error: interrupted\n")
    os._exit(2)


if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)  # until the rest of the program hears it

from .corpus import interrupts  # noqa: E402


def main() -> None:
    """Run ``gradspec``."""
    interrupts.hear_for_good()
    try:
        from .cli import entry

        entry()
    finally:
        interrupts.hear_no_more()


if __name__ == "__main__":
    main()
