"""The only place where a topic is spelled."""

from dataclasses import dataclass

DAY_MS = 86_400_000
SEGMENT_BYTES = 32 * 1024 * 1024
MAX_RECORD_BYTES = 28 * 1024 * 1024
"""A body at the gateway's cap of 26,214,400 bytes fits with its headers."""

APP_ID = "pipegauge"
"""The Faust application, hence its consumer group and the prefix of its changelogs."""

DELIVERIES = "deliveries"
EVENTS = "events"
GATES = "gates"
OBSERVATIONS = "observations"
ROLLUPS = "rollups"
METRICS = "metrics"
ALERTS = "alerts"
NOTIFICATIONS = "notifications"
TICKS = "ticks"
DEAD_LETTERS = "dead-letters"

TABLES = ("facts", "windows", "members", "alerts")
"""The Faust tables: what correlate knows, the slots of roll, the members of each team and the org, alerts' states."""


@dataclass(frozen=True)
class Topic:
    """A topic and its settings; `retention_ms` None means compacted for ever, `compacted` both at once."""

    name: str
    retention_ms: int | None
    max_bytes: int | None = None
    compacted: bool = False

    def settings(self) -> dict[str, str]:
        """Kafka's topic settings. LogAppendTime: retention by a provider's time would eat an import.

        A changelog is read back at every start, and what is rewritten often is removed from closed segments only.
        """
        settings = {"message.timestamp.type": "LogAppendTime"}
        if self.retention_ms is None:
            settings |= {"cleanup.policy": "compact", "segment.bytes": str(SEGMENT_BYTES)}
        else:
            policy = "compact,delete" if self.compacted else "delete"
            settings |= {"cleanup.policy": policy, "retention.ms": str(self.retention_ms)}
        if self.max_bytes is not None:
            settings["max.message.bytes"] = str(self.max_bytes)
        return settings


def changelog(table: str) -> str:
    """The changelog topic of a table."""
    return f"{APP_ID}-{table}-changelog"


TOPICS: tuple[Topic, ...] = (
    Topic(DELIVERIES, 7 * DAY_MS, MAX_RECORD_BYTES),
    Topic(EVENTS, 90 * DAY_MS, MAX_RECORD_BYTES),
    Topic(GATES, 90 * DAY_MS),
    Topic(OBSERVATIONS, 90 * DAY_MS),
    Topic(ROLLUPS, 7 * DAY_MS),
    Topic(METRICS, 7 * DAY_MS),
    Topic(ALERTS, 90 * DAY_MS),
    Topic(NOTIFICATIONS, 97 * DAY_MS, compacted=True),  # outlives the alerts that it speaks of
    Topic(TICKS, DAY_MS // 24),
    Topic(DEAD_LETTERS, 30 * DAY_MS, MAX_RECORD_BYTES),
    *(Topic(changelog(table), None, MAX_RECORD_BYTES) for table in TABLES),  # a run of many attempts is a large record
)
