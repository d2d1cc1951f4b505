"""How a process belongs to a consumer group: how it joins, and what it has to let go when the group shares anew."""

import time
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import KafkaError

AGAIN_SECONDS = 1.0

log = structlog.get_logger()


class Share(ConsumerRebalanceListener):  # type: ignore[misc]
    """The partitions that a member has.

    What stays with a member through a rebalance is read on from where it was, not from what is committed: whoever drops
    records of it has lost them. So a revocation says nothing here, and only the next assignment tells what is gone.
    kafka-python calls the listener from a thread of its own, in which nothing may be asked of the client: it only takes
    notes, for the thread that polls.
    """

    def __init__(self) -> None:
        self.held: frozenset[TopicPartition] = frozenset()
        self._notes: SimpleQueue[frozenset[TopicPartition]] = SimpleQueue()

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing is gone yet."""

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self._notes.put(frozenset())

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._notes.put(frozenset(assigned))

    def follow(self) -> frozenset[TopicPartition] | None:
        """What went since this was last asked, None if nobody shared anew. To be asked after each poll.

        What went and came back is among it: it is read again from what is committed, by the very poll that brought it.
        """
        if self._notes.empty():
            return None
        gone: frozenset[TopicPartition] = frozenset()
        while not self._notes.empty():
            held = self._notes.get()
            gone |= self.held - held
            self.held = held
        log.info("partitions assigned", count=len(self.held))
        return gone


def subscribe(
    consumer: Any, topics: Sequence[str], listener: ConsumerRebalanceListener, is_stopped: Callable[[], bool]
) -> None:
    """Subscribes, and sees the topics before the first poll joins the group.

    Where kafka-python 3.0.12 learns of the topics only after it joined, it joins again; and if a poll ends before that
    is done, it never is: no commit and no partition any more (`need_rejoin` forgets a join on its way).
    """
    consumer.subscribe(topics, listener=listener)
    while not is_stopped():
        try:
            missing = set(topics) - consumer.topics()
            if not missing:
                return
            log.warning("topics are missing; run `pipegauge topics`", topics=sorted(missing))
        except KafkaError as error:  # the world's: asked again
            log.warning("Kafka cannot be asked; trying again", error=repr(error))
        time.sleep(AGAIN_SECONDS)
