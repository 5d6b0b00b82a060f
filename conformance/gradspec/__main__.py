"""``python -m gradspec`` is ``gradspec``; signals are heard before the rest of the program is read."""

from .corpus import interrupts


def main() -> None:
    """Run ``gradspec``."""
    with interrupts.handled():
        from .cli import entry

        entry()


if __name__ == "__main__":
    main()
