"""The agent `roll`: observations into the windows of services."""

from collections.abc import Iterable
from functools import partial

from schemas import topics
from schemas.codec import encode, encode_points
from schemas.observations import Observation
from stream_processors.agents.shell import Arrival, Steps, define
from stream_processors.app import Worker
from stream_processors.outbox import Outbox, Outgoing
from stream_processors.roll import Emission, Roll, Teams


class Rolls:
    """The windows of every partition that this worker holds."""

    def __init__(self, worker: Worker, teams: Teams) -> None:
        self._worker = worker
        self._teams = teams
        self._partitions: dict[int, Roll] = {}
        define(worker, "roll", topics.OBSERVATIONS, self._take, self._tick)

    @property
    def dirty(self) -> int:
        """Series that wait to be published; may be asked from another thread."""
        return sum(roll.dirty for roll in list(self._partitions.values()))

    def forget(self) -> None:
        """Drop what is derived: the partitions are being assigned anew."""
        self._partitions.clear()

    def _roll(self, partition: int) -> Roll:
        if partition not in self._partitions:
            self._partitions[partition] = Roll(self._worker.windows.partition(partition), self._teams)
        return self._partitions[partition]

    def _take(self, arrival: Arrival) -> None:
        observation = Observation.model_validate_json(arrival.value)
        self._roll(arrival.partition).take(observation, arrival.offset, arrival.timestamp_ms)

    def _tick(self, partition: int, now_ms: int) -> Steps:
        emission = self._roll(partition).tick(now_ms)
        publish(emission, self._worker.outbox)
        return [partial(self._mark, partition, emission.marks)] if emission.marks else []

    def _mark(self, partition: int, marks: Iterable[tuple[bytes, bytes]]) -> None:
        for key, value in marks:
            self._worker.windows.partition(partition).put(key, value)


def publish(emission: Emission, outbox: Outbox) -> None:
    """Points to `metrics`, roll-ups to `rollups`."""
    for points in emission.points:
        scope = points[0].scope
        outbox.put(Outgoing(topics.METRICS, f"{scope.kind}:{scope.name}".encode(), encode_points(points)))
    for rollup in emission.rollups:
        outbox.put(Outgoing(topics.ROLLUPS, rollup.scope.name.encode(), encode(rollup)))
