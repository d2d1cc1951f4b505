"""Which loopback ports are free."""

import random
import socket

_QUIET_RANGE = range(20_000, 32_000)
"""Below the ports that the system gives to outgoing connections: a client that retries cannot take a server's port."""
_TRIES = 200


def pick(preferred: int, host: str = "127.0.0.1") -> int:
    """`preferred` if nobody listens there, else (and for 0) a free port. It is not held for the caller.

    Raises OSError if no free port is found.
    """
    candidates = (preferred, *random.sample(_QUIET_RANGE, _TRIES))
    for port in candidates:
        if port != 0 and is_free(port, host):
            return port
    raise OSError(f"no free port found on {host}; stop some servers, or set the ports yourself")


def is_free(port: int, host: str) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        # As servers do: connections of a server that has just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            # Taken, or not allowed to us (below 1024).
            return False
    return True
