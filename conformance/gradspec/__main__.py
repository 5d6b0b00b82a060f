"""Run ``gradspec`` as ``python -m gradspec``; signals are handled before the rest of the program is imported."""

from .corpus import interrupts


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
