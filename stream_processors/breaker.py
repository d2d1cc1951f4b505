"""Where nothing but data errors comes the fault is ours: a topic is held before all of it is dead letters. Pure.

A record that cannot be processed becomes a dead letter, and the next one is taken. If nothing but such records comes,
a wrong version of our own code is at work, and would move a whole topic to the dead letters. So the topic is held: the
record that was one too many stays uncommitted, and a new start, with a repaired version, takes it first.
"""

MOST_IN_A_ROW = 100
"""Data errors of a topic that may follow one another."""


class Breaker:
    """One topic in one process. `reason` says why it is held, None while it is not."""

    def __init__(self, most: int = MOST_IN_A_ROW) -> None:
        self.reason: str | None = None
        self._most = most
        self._row = 0
        self._next: dict[int, int] = {}

    @property
    def is_open(self) -> bool:
        """Whether the topic is held: no record of it may be taken."""
        return self.reason is not None

    def passed(self, partition: int, offset: int) -> None:
        """A record was processed."""
        self._row = 0
        self._next[partition] = offset + 1

    def failed(self, partition: int, offset: int, reason: str) -> bool:
        """Whether a record that could not be processed may become a dead letter; if not, the topic is held."""
        if self._row >= self._most:
            self.reason = f"{self._row + 1} records in a row could not be processed; the last: {reason}"[:500]
            return False
        self._row += 1
        self._next[partition] = offset + 1
        return True

    def last_commit(self, partition: int) -> int | None:
        """The highest offset that may be committed while the topic is held; None where none may."""
        return self._next.get(partition)
