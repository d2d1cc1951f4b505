"""Ends the process when its event loop stands still: a zombie must not write after its partitions went elsewhere."""

import asyncio
import os
import threading
import time

import structlog

log = structlog.get_logger()
EXIT_STUCK = 72


class Watchdog:
    """A thread that expects a sign of the loop more often than every `limit_s` seconds."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._last = time.monotonic()

    def sign(self) -> None:
        """Long work of the loop gets on: windows of a large partition are being summed."""
        self._last = time.monotonic()

    async def beat(self) -> None:
        """Give a sign for ever; run it as a task of the loop."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        while True:
            self.sign()
            await asyncio.sleep(self._limit_s / 10)

    def _watch(self) -> None:
        while True:
            time.sleep(self._limit_s / 10)
            still = time.monotonic() - self._last
            if still > self._limit_s:
                log.error("the event loop stood still; the worker ends and starts anew", seconds=round(still, 1))
                os._exit(EXIT_STUCK)
