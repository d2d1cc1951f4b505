"""Notices what clients do while their queries run, when their own threads wait for the engine."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from typing import Final

AGAIN_SECONDS: Final = 0.1

log = logging.getLogger(__name__)


class Watcher(threading.Thread):
    """Calls back when a watched socket becomes readable, and again each `AGAIN_SECONDS` as long as it is asked to."""

    def __init__(self) -> None:
        super().__init__(name="watcher", daemon=True)
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], bool]] = {}
        self._again: list[Callable[[], bool]] = []

    def watch(self, fd: int, callback: Callable[[], bool]) -> None:
        """`callback` runs in this thread, must be quick, and returns whether it wants to be called again."""
        self._callbacks[fd] = callback
        self._epoll.register(fd, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT)

    def forget(self, fd: int) -> None:
        self._callbacks.pop(fd, None)
        self._epoll.unregister(fd)

    def run(self) -> None:
        while True:
            events = self._epoll.poll(AGAIN_SECONDS if self._again else None)
            found = [self._callbacks.pop(fd, None) for fd, _ in events]  # None: forgotten between the event and now
            self._again = [callback for callback in (*self._again, *filter(None, found)) if _call(callback)]


def _call(callback: Callable[[], bool]) -> bool:
    try:
        return callback()
    except Exception:  # one query that could not be stopped must not end the watch over all others
        log.exception("could not stop a query whose client left or cancelled")
        return False
