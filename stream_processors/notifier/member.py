"""One member of the group that reads `alerts`: reads, hands out, marks, commits. Sending is the destinations' threads'.

The order is what holds: send, mark in `notifications`, commit. A kill before the mark repeats the message with the same
id; a kill after it repeats nothing.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError
from opentelemetry import metrics
from pydantic import ValidationError

from schemas.alert_rules import Notify
from schemas.alerts import Alert
from schemas.notifications import Notification
from schemas.topics import ALERTS
from stream_processors.failpoints import reached
from stream_processors.membership import subscribe
from stream_processors.notifier.addresses import Allowed
from stream_processors.notifier.destinations import Destination
from stream_processors.notifier.lanes import RETRY_SECONDS, Attempt, Lane, Progress, Waiting
from stream_processors.notifier.marks import Marks
from stream_processors.notifier.sender import Done, Sender
from stream_processors.notify import Told, destinations_of

MOST_WAITING = 5_000
"""Messages that wait in memory; beyond them nothing is read until half of them are settled."""
POLL_RECORDS = 500
AFTER_MARK = "notifier.after_mark"

_IDLE_SECONDS, _BUSY_SECONDS = 0.1, 0.01
_COMMIT_MS = 5_000
_FINISH_SECONDS, _CUT_SECONDS = 6.0, 2.0
"""At the end: how long messages on their way may take, and how long their ends after they were cut off."""

log = structlog.get_logger()
_settled = metrics.get_meter("pipegauge").create_counter(
    "pipegauge.notifications", description="messages by destination and outcome: sent, or failed after the last attempt"
)


class Notifier(ConsumerRebalanceListener):  # type: ignore[misc]
    """`status` and `is_ready` may be asked from other threads."""

    def __init__(
        self,
        consumer: Any,
        marks: Marks,
        notify: Notify,
        routes: Mapping[str, Sequence[Destination]],
        retries: Sequence[float] = RETRY_SECONDS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._consumer = consumer
        self._marks = marks
        self._most_waiting = most_waiting
        self._done: Done = SimpleQueue()
        allowed = Allowed(notify.allow_private)
        every = [one for route in routes.values() for one in route]
        self._names = {route: [one.name for one in found] for route, found in routes.items()}
        self._senders = {one.name: Sender(one, allowed, notify.board, self._done) for one in every}
        self._lanes = {one.name: Lane(retries) for one in every}
        self._told = Told()
        self._progress = Progress()
        self._marking: list[tuple[Any, Notification, Waiting]] = []
        self._counts = {one.name: {"sent": 0, "failed": 0} for one in every}
        self._faults: dict[str, str | None] = dict.fromkeys(self._lanes)
        self._changes: SimpleQueue[set[int]] = SimpleQueue()
        self._held: set[int] = set()
        self._is_behind = True
        self._newest_ms = 0

    def status(self) -> Mapping[str, Any]:
        """What `/status` tells beside the lag: `dirty` counts messages that wait, `destinations` tells of each."""
        age = round(max(0.0, time.time() - self._newest_ms / 1000), 3) if self._newest_ms else None
        return {
            "dirty": self._count(),
            "spool_depth": 0,
            "freshness": age,
            "partitions": len(self._held),
            "destinations": {
                name: {"waiting": len(lane), **self._counts[name], "fault": self._faults[name]}
                for name, lane in self._lanes.items()
            },
        }

    def is_ready(self) -> bool:
        """Whether partitions are assigned, and what was told before is known. A dead destination changes nothing."""
        return bool(self._held) and not self._is_behind

    def run(self, is_stopped: Callable[[], bool]) -> None:
        """Tells until `is_stopped`; then what is on its way may end, and the rest is read again at the next start."""
        subscribe(self._consumer, [ALERTS], self, is_stopped)
        while not is_stopped():
            records = self._poll()
            self._follow_assignments()
            if self._is_behind:
                self._read_back(is_stopped)
            self._take(records)
            self._step(begins=True)
        self._finish()
        self._consumer.close(autocommit=False)

    def _poll(self) -> list[Any]:
        is_busy = self._marking or any(lane.is_busy for lane in self._lanes.values())
        seconds = _BUSY_SECONDS if is_busy else _IDLE_SECONDS
        try:
            polled = self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=POLL_RECORDS)
        except KafkaError as error:  # the world's: the client connects again by itself
            log.warning("Kafka cannot be read; trying again", error=repr(error))
            time.sleep(_IDLE_SECONDS)
            return []
        return [record for records in polled.values() for record in records]

    def _read_back(self, is_stopped: Callable[[], bool]) -> None:
        """Partitions are new here: whoever had them before has marked what was told."""
        for told in self._marks.read_on(is_stopped):
            self._told.settle(told)
        self._is_behind = is_stopped()

    def _take(self, records: list[Any]) -> None:
        for record in records:
            place = (record.partition, record.offset)
            self._newest_ms = max(self._newest_ms, record.timestamp)
            try:
                alert = Alert.model_validate_json(record.value or b"")
            except ValidationError as error:  # the record's: nobody can be told of it, and the next one counts
                log.error("an alert cannot be read", place=place, errors=error.error_count())
                self._progress.take(place, ())
                continue
            names = destinations_of(alert, self._names, self._told)
            self._progress.take(place, names)
            context = {name: value.decode() for name, value in record.headers if name == "traceparent"}
            if alert.muted or alert.route not in self._names:
                self._told.hold(alert)
            for name in names:
                self._told.begin(alert)
                self._lanes[name].add(Waiting(alert, {place}, time.monotonic(), context))
            if alert.route is not None and alert.route not in self._names:
                log.warning("an alert names a route that is not in notify.routes", rule=alert.rule, route=alert.route)

    def _step(self, begins: bool) -> None:
        """Everything but reading: outcomes in, marks out, messages handed over, offsets committed."""
        now = time.monotonic()
        while True:
            try:
                name, attempt = self._done.get_nowait()
            except Empty:  # all outcomes are in
                break
            self._end(name, attempt, now)
        self._remember()
        unmarked = {notification.destination for _, notification, _ in self._marking}
        for name, lane in self._lanes.items():
            self._senders[name].keep_time(now)
            # One message may be sent and not yet marked, no more: a kill repeats at most one at each destination.
            waiting = lane.begin(now) if begins and name not in unmarked else None
            if waiting is not None:
                self._senders[name].start(waiting)
        self._hold_or_go_on()
        self._commit()

    def _end(self, name: str, attempt: Attempt, now: float) -> None:
        self._faults[name] = attempt.reason or None
        settled = self._lanes[name].end(attempt, now)
        if attempt.outcome == "failed" and not settled:
            log.warning("a message was not taken; trying again", destination=name, reason=attempt.reason)
        for one in settled:
            self._counts[name][attempt.outcome] += 1
            _settled.add(1, {"destination": name, "outcome": attempt.outcome})
            if attempt.outcome == "failed":
                said = {"alert": one.alert.id, "rule": one.alert.rule, "attempts": one.attempts}
                log.error("a message is given up", destination=name, reason=attempt.reason, **said)
            notification = Notification(
                alert=one.alert.id,
                about=one.key,
                number=one.alert.number,
                state=one.alert.state,
                destination=name,
                at=datetime.now(UTC),
                outcome=attempt.outcome,
                attempts=one.attempts,
                reason=attempt.reason,
            )
            self._told.settle(notification)
            self._mark(notification, one)

    def _mark(self, notification: Notification, waiting: Waiting) -> None:
        try:
            future = self._marks.write(notification)
        except KafkaError as error:  # the world's: its queue is full; asked again with the next step
            log.warning("what was told cannot be marked yet", error=repr(error))
            future = None
        self._marking.append((future, notification, waiting))

    def _remember(self) -> None:
        """What is marked for certain is settled; what Kafka did not take is marked again."""
        marking, self._marking = self._marking, []
        for future, notification, waiting in marking:
            if future is not None and not future.is_done:
                self._marking.append((future, notification, waiting))
            elif future is None or future.failed():
                self._mark(notification, waiting)
            else:
                for place in waiting.places:
                    self._progress.settle(place, notification.destination)
                reached(AFTER_MARK)

    def _hold_or_go_on(self) -> None:
        """Nothing is dropped: when too much waits, it stays in Kafka."""
        paused = self._consumer.paused()
        if self._count() >= self._most_waiting:
            self._consumer.pause(*(self._consumer.assignment() - paused))
            if not paused:
                log.warning("too many messages wait; alerts are not read until half of them are settled")
        elif paused and self._count() <= self._most_waiting // 2:
            self._consumer.resume(*paused)

    def _count(self) -> int:
        return sum(map(len, self._lanes.values())) + len(self._marking)

    def _commit(self) -> None:
        reached_offsets = self._progress.committable()
        if not reached_offsets:
            return
        offsets = {TopicPartition(ALERTS, at): OffsetAndMetadata(to, "", -1) for at, to in reached_offsets.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=_COMMIT_MS)
        except KafkaError as error:  # the world's, or a rebalance: committed later, or read again and found as told
            log.warning("offsets cannot be committed yet", error=repr(error))
        else:
            self._progress.committed(reached_offsets)

    def _finish(self) -> None:
        cut_at = time.monotonic() + _FINISH_SECONDS
        while any(lane.is_busy for lane in self._lanes.values()) or self._marking:
            self._step(begins=False)
            late = time.monotonic() - cut_at
            if late > _CUT_SECONDS:
                break
            if late > 0:
                for sender in self._senders.values():
                    sender.keep_time(time.monotonic(), 0.0)
            time.sleep(_BUSY_SECONDS)
        self._commit()

    # The client calls these from a thread of its own, in which nothing of it may be asked: they are only noted here.

    def on_partitions_revoked(self, revoked: Any) -> None:
        """What stays here goes on where it was, so only the next assignment tells what to let go."""

    def on_partitions_lost(self, lost: Any) -> None:
        self._changes.put(set())

    def on_partitions_assigned(self, assigned: Any) -> None:
        self._changes.put({one.partition for one in assigned})

    def _follow_assignments(self) -> None:
        """Lets partitions go that went elsewhere. Whoever gets them finds the marks of what was told."""
        while not self._changes.empty():
            held = self._changes.get()
            before, self._held = self._held, held
            gone = before - held
            self._is_behind |= bool(held - before)
            self._progress.drop(gone)
            for lane in self._lanes.values():
                lane.drop(gone)
            log.info("partitions assigned", count=len(held))
