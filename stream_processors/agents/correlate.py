"""The agent `correlate`: events into observations."""

from opentelemetry.trace import get_current_span

from schemas import topics
from schemas.codec import decode_event, encode
from schemas.instruments import tally
from stream_processors.agents.shell import Arrival, Steps, define
from stream_processors.app import Worker
from stream_processors.correlate import correlate, is_too_late
from stream_processors.correlate.ledger import HORIZON_MS, Ledger, Rules, seen_of
from stream_processors.outbox import Outgoing
from stream_processors.tracing import attributes_of

SWEEP_AT_MOST = 50
"""Records looked at a tick for those to forget."""

_late_dropped = tally("pipegauge.events.late_dropped")


class Correlate:
    """The agent's state: where the sweep of each partition stands, and what was dropped."""

    def __init__(self, worker: Worker, rules: Rules) -> None:
        self._worker = worker
        self._rules = rules
        self._cursors: dict[int, bytes] = {}
        self.late_dropped = 0
        self._newest_ms = 0
        define(worker, "correlate", topics.EVENTS, self._take, self._tick)

    def freshness(self, now: float) -> float | None:
        """Seconds since the newest event that was correlated had arrived; None before the first."""
        return round(max(0.0, now - self._newest_ms / 1000), 3) if self._newest_ms else None

    def _take(self, arrival: Arrival) -> None:
        self._newest_ms = max(self._newest_ms, arrival.timestamp_ms)
        ledger = Ledger(self._worker.facts.partition(arrival.partition), arrival.key, arrival.timestamp_ms)
        event = decode_event(arrival.value)
        if (span := get_current_span()).is_recording():
            span.set_attributes(attributes_of(event))
        if is_too_late(event, ledger):
            self.late_dropped += 1
            _late_dropped.add()
            return
        observations = correlate(event, ledger, self._rules)
        ledger.flush()
        key, trace = arrival.key.encode(), arrival.trace
        for observation in observations:
            self._worker.outbox.put(Outgoing(topics.OBSERVATIONS, key, encode(observation), trace))

    def _tick(self, partition: int, now_ms: int) -> Steps:
        """Forget records, a few keys at a time."""
        state = self._worker.facts.partition(partition)
        looked_at = list(state.scan(self._cursors.get(partition, b""), SWEEP_AT_MOST))
        for key, value in looked_at:
            if now_ms - seen_of(value) > HORIZON_MS:
                state.delete(key)
        self._cursors[partition] = looked_at[-1][0] + b"\x00" if len(looked_at) == SWEEP_AT_MOST else b""
        return []
