"""Named moments at which a test lets the process end as kill -9 would end it.

The environment variable PIPEGAUGE_FAIL_AT names one: `NAME` for its first time, `NAME:N` for its N-th. Without the
variable a point costs one comparison.
"""

import os
from threading import Lock

VARIABLE = "PIPEGAUGE_FAIL_AT"
EXIT_KILLED = 137
"""What a shell tells of a process that was ended by SIGKILL."""


class _Chosen:
    """The point that the environment names, and how often it has still to be reached."""

    def __init__(self, text: str) -> None:
        self.name, _, times = text.partition(":")
        self.left = int(times) if times else 1
        self.lock = Lock()


_chosen = _Chosen(os.environ.get(VARIABLE, ""))


def reached(name: str) -> None:
    """End the process at once, nothing flushed and nothing cleaned up, if the environment asks for it here."""
    if name != _chosen.name:
        return
    with _chosen.lock:
        _chosen.left -= 1
        if _chosen.left == 0:
            os._exit(EXIT_KILLED)
