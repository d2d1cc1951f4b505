"""The agent `rollup`: services into their teams, teams into the organisation."""

from functools import partial

from schemas import topics
from schemas.metrics import Rollup
from stream_processors.agents.roll import publish
from stream_processors.agents.shell import Arrival, Steps, define
from stream_processors.app import Worker
from stream_processors.rollup import Members


class Rollups:
    """The members of every partition that this worker holds."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._partitions: dict[int, Members] = {}
        define(worker, "rollup", topics.ROLLUPS, self._take, self._tick)

    @property
    def dirty(self) -> int:
        """Sums that wait to be published; may be asked from another thread."""
        return sum(members.dirty for members in list(self._partitions.values()))

    def forget(self) -> None:
        """Drop what is derived: the partitions are being assigned anew."""
        self._partitions.clear()

    def _members(self, partition: int) -> Members:
        if partition not in self._partitions:
            self._partitions[partition] = Members(self._worker.members.partition(partition))
        return self._partitions[partition]

    def _take(self, arrival: Arrival) -> None:
        self._members(arrival.partition).take(Rollup.model_validate_json(arrival.value))

    def _tick(self, partition: int, now_ms: int) -> Steps:
        members = self._members(partition)
        emission = members.tick()
        publish(emission, self._worker.outbox)
        return [partial(members.forget, emission.left)] if emission.left else []
