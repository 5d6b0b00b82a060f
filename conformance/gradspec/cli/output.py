"""Write standard output: a reader may close it early, and no control character from outside reaches the terminal."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from ..corpus.command import PIPE_WIDTH
from ..corpus.text import printable


class Output(Console):
    """A console on standard output, as wide as its terminal, or as `PIPE_WIDTH` where that is not known."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        super().__init__(emoji=False)  # a candidate's text stays as it is
        if not self.is_terminal or self.width < 1:
            self.width = PIPE_WIDTH

    def render_str(self, text: str, **options: Any) -> Text:
        """Make a text of a string: every string that is printed, tables included, comes by here."""
        return super().render_str(printable(text), **options)

    def on_broken_pipe(self) -> None:
        """Exit with code 2, where rich exits with 1."""
        os._exit(2)
