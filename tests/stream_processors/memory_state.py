"""stream_processors.state.State in memory, for tests of the pure core."""

from collections.abc import Iterator


class MemoryState(dict[bytes, bytes]):
    """A dict that can be scanned; counts its writes, and can stop in the midst of them as a crash does."""

    def __init__(self) -> None:
        super().__init__()
        self.writes_left: int | None = None

    def put(self, key: bytes, value: bytes) -> None:
        if self.writes_left is not None:
            if self.writes_left == 0:
                raise Crash
            self.writes_left -= 1
        self[key] = value

    def delete(self, key: bytes) -> None:
        self.pop(key, None)

    def scan(self, start: bytes, limit: int | None = None) -> Iterator[tuple[bytes, bytes]]:
        keys = sorted(key for key in self if key >= start)
        return iter([(key, self[key]) for key in keys[:limit]])


class Crash(Exception):
    """The process ends here."""
