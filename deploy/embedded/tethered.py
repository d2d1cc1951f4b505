"""Runs a command that the kernel kills when its parent ends: `python tethered.py PARENT_PID COMMAND [ARGUMENT…]`.

The process becomes the command (exec), so its pid stays. Outside Linux the tether is missing and the command just runs.
A script of its own instead of a `preexec_fn`, which may deadlock when the parent has threads. The kernel takes the
thread that started the command for the parent: that thread must live as long as the command may.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
NOT_STARTED = 127
"""The exit code when the command cannot be run, as shells have it."""


def main(parent: int, argv: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            # The parent ended before the tether was tied.
            sys.exit(NOT_STARTED)
    try:
        os.execvp(argv[0], argv)
    except OSError as reason:
        # Becomes the last line of the command's log.
        print(f"cannot run {argv[0]}: {reason.strerror}; is it installed?", file=sys.stderr)
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
