"""The machine as the kit needs it: its stopwatch, its time, and its time zone changed for a while."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from producers.conformance.case import Outcome
from producers.conformance.machine import Machine


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(time.thread_time, datetime.now(UTC), in_zone)


def in_zone(zone: str, work: Callable[[], Sequence[Outcome]]) -> Sequence[Outcome]:
    """Calls `work` as if this machine stood in `zone`."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        return work()
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
