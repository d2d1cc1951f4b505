"""What waits for each destination, and what is due when. Pure: the time is an argument, in seconds of any one clock.

Each destination has a lane of its own, so none waits for another. In a lane one message is sent at a time, oldest
first; messages about the same alert keep their order. After a failure a message waits for its next attempt while
others go on. Where nobody answered at all, the attempt counts for every message that was due: a destination that is
away is asked for one of them, not for each, and gives none of them up later than it would have alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.alerts import Alert, alert_key

RETRY_SECONDS: Sequence[float] = (5, 15, 60, 220)
"""The waits between attempts: five of them within five minutes."""

Place = tuple[int, int]
"""Partition and offset of an alert's record."""


@dataclass(eq=False)
class Waiting:
    """A message to one destination, and the records that wait for its outcome. `context` is the caller's."""

    alert: Alert
    places: set[Place]
    due: float
    context: Any = None
    attempts: int = 0
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = alert_key(self.alert.rule, self.alert.scope, self.alert.part)


@dataclass(frozen=True)
class Attempt:
    """How an attempt ended: `answered` is False where nobody was there to refuse it."""

    outcome: Literal["sent", "failed"]
    answered: bool = True
    reason: str = ""


class Lane:
    """The messages of one destination."""

    def __init__(self, retries: Sequence[float] = RETRY_SECONDS) -> None:
        self._retries = retries
        self._waiting: list[Waiting] = []
        self._sending: Waiting | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_busy(self) -> bool:
        return self._sending is not None

    def add(self, one: Waiting) -> None:
        """Takes a message. A change that waits already is not sent twice: its record waits for the same outcome."""
        for other in self._waiting:
            if other.alert.id == one.alert.id:
                other.places |= one.places
                return
        self._waiting.append(one)

    def begin(self, now: float) -> Waiting | None:
        """The message to send now, if any; the lane is busy with it until `end`."""
        if self._sending is not None:
            return None
        earlier: set[str] = set()
        for one in self._waiting:
            if one.key not in earlier and one.due <= now:
                self._sending = one
                return one
            earlier.add(one.key)
        return None

    def end(self, attempt: Attempt, now: float) -> list[Waiting]:
        """The message that was begun ended so; those that are settled by it, with their last attempt counted."""
        one, self._sending = self._sending, None
        assert one is not None, "nothing was begun"
        if attempt.outcome == "sent":
            one.attempts += 1
            settled = [one]
        else:
            failed = [one] if attempt.answered else [other for other in self._waiting if other.due <= now]
            settled = [other for other in failed if self._is_given_up(other, now)]
        gone = set(map(id, settled))
        self._waiting = [other for other in self._waiting if id(other) not in gone]
        return settled

    def drop(self, partitions: set[int]) -> None:
        """Forgets what came from `partitions`; a message that is being sent right now ends as it may."""
        for one in self._waiting:
            one.places = {place for place in one.places if place[0] not in partitions}
        self._waiting = [one for one in self._waiting if one.places or one is self._sending]

    def _is_given_up(self, one: Waiting, now: float) -> bool:
        one.attempts += 1
        if one.attempts > len(self._retries) or not one.places:  # no places: another notifier has it now
            return True
        one.due = now + self._retries[one.attempts - 1]
        return False


class Progress:
    """How far each partition is settled: what may be committed."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self._open: dict[int, dict[int, set[str]]] = {}
        self._committed: dict[int, int] = {}

    def take(self, place: Place, destinations: Iterable[str]) -> None:
        """A record was read that waits for the outcome at each of `destinations`."""
        partition, offset = place
        self._next[partition] = offset + 1
        if waits_for := set(destinations):
            self._open.setdefault(partition, {})[offset] = waits_for

    def settle(self, place: Place, destination: str) -> None:
        """A record's outcome at `destination` is remembered, maybe from before its partition came back to here."""
        partition, offset = place
        still = self._open.get(partition, {})
        if offset not in still:  # of a partition that went to another notifier meanwhile
            return
        still[offset].discard(destination)
        if not still[offset]:
            del still[offset]

    def committable(self) -> dict[int, int]:
        """By partition, the offset to commit, where it has moved since it was `committed`."""
        reached = {partition: min(self._open.get(partition) or (after,)) for partition, after in self._next.items()}
        return {partition: at for partition, at in reached.items() if self._committed.get(partition) != at}

    def committed(self, offsets: dict[int, int]) -> None:
        self._committed |= offsets

    def drop(self, partitions: set[int]) -> None:
        """Forgets partitions that went elsewhere."""
        for known in (self._next, self._open, self._committed):
            for partition in partitions:
                known.pop(partition, None)
