"""What the kit needs of the machine, handed in: a stopwatch, the time, and time zones. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from producers.conformance.case import Outcome


class InZone(Protocol):
    """Calls `work` while the machine's time zone is `zone`, such as Pacific/Kiritimati."""

    def __call__(self, zone: str, work: Callable[[], Sequence[Outcome]]) -> Sequence[Outcome]: ...


@dataclass(frozen=True, slots=True)
class Machine:
    """`stopwatch` counts the seconds that this thread has worked; `now` is the time when the check begins."""

    stopwatch: Callable[[], float]
    now: datetime
    in_zone: InZone
