"""`pipegauge work` with three things that a test may turn: `python -m tests.faults.work_process ARGUMENTS…`.

PIPEGAUGE_TEST_CLOCK names a file with seconds by which its clock is ahead; it is read at every tick.
PIPEGAUGE_TEST_SLOW is a text: the output of an event that holds it waits 30 s before it is sent.
PIPEGAUGE_TEST_DEFECT is a text: an event that holds it cannot be read, as after a bad change of our own code.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from deploy.cli import main
from schemas.codec import decode_event
from schemas.events import Event
from stream_processors.outbox import Outbox

SLOW_S = 30


def turn_clock(file: Path) -> None:
    def now() -> float:
        return time.time() + float(file.read_text() or 0)

    patch("stream_processors.work.time", SimpleNamespace(time=now, sleep=time.sleep)).start()


def slow_down(text: bytes) -> None:
    post = Outbox.post
    waiting: list[bool] = []

    def seen(value: bytes) -> Event:
        if text in value:
            waiting.append(True)
        return decode_event(value)

    async def slow(self: Any) -> None:
        if waiting:
            waiting.clear()
            await asyncio.sleep(SLOW_S)
        await post(self)

    patch("stream_processors.agents.correlate.decode_event", seen).start()
    patch.object(Outbox, "post", slow).start()


def break_down(text: bytes) -> None:

    def broken(value: bytes) -> Event:
        if text in value:
            raise ZeroDivisionError("a defect of ours")
        return decode_event(value)

    patch("stream_processors.agents.correlate.decode_event", broken).start()


if __name__ == "__main__":
    if clock := os.environ.get("PIPEGAUGE_TEST_CLOCK"):
        turn_clock(Path(clock))
    if slow := os.environ.get("PIPEGAUGE_TEST_SLOW"):
        slow_down(slow.encode())
    if defect := os.environ.get("PIPEGAUGE_TEST_DEFECT"):
        break_down(defect.encode())
    sys.argv = ["pipegauge", "work", *sys.argv[1:]]
    main()
