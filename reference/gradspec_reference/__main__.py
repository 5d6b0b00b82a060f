"""``python -m gradspec_reference`` is ``gradspec-reference``; signals are heard before the rest is read."""

from gradspec.corpus import interrupts


def main() -> None:
    """Run ``gradspec-reference``."""
    interrupts.hear_for_good()
    try:
        from .cli import entry

        entry()
    finally:
        interrupts.hear_no_more()


if __name__ == "__main__":
    main()
