"""``python -m gradspec_reference`` is ``gradspec-reference``; signals are heard before the rest is read."""

from gradspec.corpus import interrupts


def main() -> None:
    """Run ``gradspec-reference``."""
    with interrupts.handled():
        from .cli import entry

        entry()


if __name__ == "__main__":
    main()
