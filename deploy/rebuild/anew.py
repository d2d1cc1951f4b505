"""The steps of a rebuild. Killed at any of them, it is simply run again: each begins from what is stored.

The stored events are never fewer than before: their copies are published, read back and stored before an old row goes.
"""

from collections.abc import Callable
from typing import Any

from clickhouse_driver import Client
from kafka import TopicPartition

from deploy.configuration import resolve
from deploy.make_topics import make_topics
from deploy.migrate import migrate
from deploy.rebuild import catching_up, events, marker
from deploy.rebuild.draining import drain
from deploy.rebuild.emptying import delete_changelogs, empty_tables
from deploy.rebuild.groups import STORE_GROUP, WORKER_GROUP, admin_of, ends_of, move, wait_until_empty
from deploy.teams import write_teams
from schemas import topics
from schemas.catalog import Catalog
from schemas.config import Config
from schemas.connections import client_arguments, kafka_arguments

COMPUTED_TOPICS = (topics.GATES, topics.OBSERVATIONS, topics.ROLLUPS, topics.METRICS)
LIVE_REMAINDER = 1_000
"""Records that may be on their way at the end where gateways go on taking in."""

Say = Callable[[str], None]


def rebuild(config: Config, say: Say, gateways_may_run: bool) -> None:
    """Compute everything anew from the stored events, by the catalog of `config`, until it has caught up.

    Raises StillRunning while a worker or a store is at work, and what the steps raise; then it is to be run again.
    """
    connections = config.connections
    kafka = kafka_arguments(
        connections.kafka, resolve(connections.kafka.sasl.password) if connections.kafka.sasl else None
    )
    clickhouse = client_arguments(connections.clickhouse, resolve(connections.clickhouse.password))
    with admin_of(kafka) as admin:
        wait_until_empty(admin)
        marker.begin(config.data)
        steps = _Steps(config, kafka, clickhouse, admin, say)
        steps.empty()
        cut = steps.publish()
        steps.catch_up(LIVE_REMAINDER if gateways_may_run else 0)
        steps.finish(cut)
        marker.end(config.data)


class _Steps:
    """Each step with what it needs; in the order of their definition."""

    def __init__(self, config: Config, kafka: dict[str, Any], clickhouse: dict[str, Any], admin: Any, say: Say) -> None:
        self._config = config
        self._kafka = kafka
        self._clickhouse = clickhouse
        self._admin = admin
        self._say = say
        self._partitions = config.connections.kafka.partitions
        self._cluster = config.connections.clickhouse.cluster

    def empty(self) -> None:
        """Store what is not stored yet; then take away what was computed, and the way back to it."""
        make_topics(self._config, resolve)
        migrate(self._config, resolve)
        write_teams(self._config, resolve)
        self._say("storing what is still on the topics …")
        stored = drain(self._kafka, self._clickhouse, self._partitions)
        wait_until_empty(self._admin)
        self._say("emptying what was computed …")
        ends = ends_of(self._admin, COMPUTED_TOPICS, self._partitions)
        move(self._admin, WORKER_GROUP, {**ends, **stored})
        move(self._admin, STORE_GROUP, {at: end for at, end in ends.items() if at.topic != topics.ROLLUPS})
        client = Client(**self._clickhouse)
        empty_tables(client, self._cluster)
        client.disconnect()
        delete_changelogs(self._admin)
        make_topics(self._config, resolve)

    def publish(self) -> int:
        """Publish every event anew; the version below which rows are old."""
        self._say(f"placing the stored events by {len(self._config.services)} services of the catalog …")
        client = Client(**self._clickhouse)
        cut = events.publish(client, self._kafka, Catalog(self._config.services), self._say)
        client.disconnect()
        return cut

    def catch_up(self, remainder: int) -> None:
        """Run a worker and a store until everything published has become numbers."""
        self._say("computing …")
        goal: dict[TopicPartition, int] = ends_of(self._admin, [topics.EVENTS], self._partitions)
        with catching_up.processes(self._config) as statuses:
            catching_up.wait(self._kafka, self._partitions, statuses, goal, remainder, self._say)

    def finish(self, cut: int) -> None:
        """Take old rows away, and let alerts be judged from the finished windows on."""
        self._say("taking away what belongs to nobody any more …")
        client = Client(**self._clickhouse)
        left = events.remove_old_rows(client, cut, self._cluster)
        client.disconnect()
        if left:
            self._say(f"  services without some of their former events: {', '.join(left)}")
        wait_until_empty(self._admin)
        move(self._admin, WORKER_GROUP, ends_of(self._admin, [topics.METRICS], self._partitions))
