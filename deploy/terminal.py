"""Where tables are printed: as wide as the terminal, and wide enough for their rows in a file or a pipe."""

import sys

from rich.console import Console

_PIPE_WIDTH = 120


def output() -> Console:
    """The console of standard output."""
    return Console() if sys.stdout.isatty() else Console(width=_PIPE_WIDTH)
