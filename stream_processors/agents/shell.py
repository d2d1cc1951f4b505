"""What all agents share: one stream of a topic and its ticks, and what happens when something goes wrong.

A data error (a record that cannot be read, a rule that cannot take it) becomes a dead letter and the stream goes on,
unless nothing but data errors comes: then the topic is held (stream_processors.breaker) until a new start. An error of
the world (the local store, the broker) ends the process before the record is acknowledged: Faust would
acknowledge it even if its agent raised (faust/streams.py acks in a finally clause), and the next process repeats it.
So does a tick that fails: no record is at fault, and what it was to publish is dirty again only after a new start.
"""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal, NamedTuple

import structlog
from pydantic import ValidationError

from schemas import topics
from schemas.codec import encode
from schemas.deliveries import DEAD_LETTER_HEADER, DELIVERY_HEADER, DeadLetter
from schemas.instruments import tally
from schemas.model import identity
from stream_processors.app import Worker
from stream_processors.breaker import Breaker
from stream_processors.failpoints import reached
from stream_processors.journal import StateError
from stream_processors.outbox import Outgoing
from stream_processors.tracing import TRACEPARENT, processing, recorded_context

log = structlog.get_logger()
EXIT_WORLD = 71
_dead_letters = tally("pipegauge.dead_letters")
_records = tally("pipegauge.records")


Stage = Literal["correlate", "roll", "rollup", "alert"]
Steps = Sequence[Callable[[], None]]


class Arrival(NamedTuple):
    """A record as it arrived; `timestamp_ms` is the broker's time."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str
    value: bytes
    headers: dict[str, bytes]

    @property
    def trace(self) -> list[tuple[str, bytes]]:
        """The trace context to hand on."""
        return [(TRACEPARENT, self.headers[TRACEPARENT])] if TRACEPARENT in self.headers else []

    @property
    def trace_id(self) -> str:
        """The trace's id, '' without one."""
        return self.headers.get(TRACEPARENT, b"")[3:35].decode(errors="replace")


def define(
    worker: Worker, name: Stage, topic: str, take: Callable[[Arrival], None], tick: Callable[[int, int], Steps]
) -> None:
    """Define the agent `name` over `topic` and the ticks.

    `take` is given a record, `tick` a partition and the time in epoch ms; both publish by the outbox. What `tick`
    returns is done step by step, each after all that was published and written before it is acknowledged.
    """
    channel = worker.app.topic(topic, topics.TICKS, key_type=bytes, value_type=bytes)
    breaker = worker.breakers[topic] = Breaker()

    async def agent(stream: Any) -> None:
        worker.streams.add(stream)
        async for arrival in _arrivals(stream):
            try:
                if arrival.topic == topics.TICKS:
                    for step in tick(arrival.partition, int(arrival.value) * 1000):
                        await worker.outbox.settle()
                        step()
                elif breaker.is_open:
                    worker.pause(topic)  # what had been fetched before it was held, or after partitions moved
                else:
                    _traced(name, arrival, take)
                    breaker.passed(arrival.partition, arrival.offset)
                    reached("before_emit")
            except StateError as error:  # the local store failed: a new start reads the changelog anew
                _end(name, error)
            except Exception as error:  # whatever the pure core cannot take is a fault of the data, or of the core
                if arrival.topic == topics.TICKS and arrival.value.isdigit():
                    _end(name, error)
                _put_aside(worker, name, arrival, breaker, error)
            try:
                await worker.outbox.post()
            except Exception as error:  # the producer has failed for good
                _end(name, error)
            if arrival.topic != topics.TICKS:
                reached("after_emit")

    worker.app.agent(channel, name=name, concurrency=1)(agent)


def _traced(stage: str, arrival: Arrival, take: Callable[[Arrival], None]) -> None:
    """`take`, within a span of the record's trace where somebody records that: what is published carries it on."""
    _records.add(stage)
    parent = recorded_context(arrival.headers.get(TRACEPARENT, b""))
    if parent is None:
        take(arrival)
        return
    with processing(stage, arrival.topic, arrival.partition, arrival.offset, parent) as handed_on:
        take(arrival._replace(headers={**arrival.headers, TRACEPARENT: handed_on}))


def _put_aside(worker: Worker, stage: Stage, arrival: Arrival, breaker: Breaker, error: Exception) -> None:
    """Make a dead letter of a record that could not be processed, or hold its topic where nothing else comes."""
    place = {"topic": arrival.topic, "partition": arrival.partition, "offset": arrival.offset}
    if arrival.topic == topics.TICKS or breaker.failed(arrival.partition, arrival.offset, repr(error)):
        log.error("dead letter", stage=stage, reason=repr(error), trace_id=arrival.trace_id, **place)
        _dead_letters.add(stage, "invalid" if isinstance(error, ValidationError) else "defect")
        worker.outbox.put(_dead_letter(stage, arrival, error))
    else:
        log.error("topic held; repair this version and start it again", reason=breaker.reason, **place)
        worker.pause(arrival.topic)


async def _arrivals(stream: Any) -> AsyncIterator[Arrival]:
    async for event in stream.events():
        message = event.message
        yield Arrival(
            message.topic,
            message.partition,
            message.offset,
            round(message.timestamp * 1000),
            (message.key or b"").decode(),
            message.value or b"",
            dict(message.headers or ()),
        )


def _dead_letter(stage: Stage, arrival: Arrival, error: Exception) -> Outgoing:
    letter = DeadLetter.model_validate(
        {
            "id": str(identity("dead-letter", arrival.topic, arrival.partition, arrival.offset)),
            "source": f"topic:{arrival.topic}",
            "event_name": arrival.headers.get("ce_type", b"").decode(),
            "delivery": arrival.headers.get(DELIVERY_HEADER, b"").decode(),
            "stage": stage,
            "reason": f"{type(error).__name__}: {error}"[:2000].replace("\x00", ""),
            "received_at": arrival.timestamp_ms / 1000,
        }
    )
    headers = [(DEAD_LETTER_HEADER, encode(letter)), *arrival.trace]
    return Outgoing(topics.DEAD_LETTERS, letter.source.encode(), arrival.value, headers)


def _end(name: str, error: Exception) -> None:
    log.error("the worker ends and starts anew", agent=name, error=repr(error))
    os._exit(EXIT_WORLD)
