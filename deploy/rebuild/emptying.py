"""Takes away what was computed: rows in ClickHouse, the worker's tables in Kafka."""

import time
from typing import Any

from clickhouse_driver import Client

from deploy.migration_text import for_cluster
from schemas.topics import TABLES, changelog

COMPUTED_TABLES = ("observations", "gates", "metrics")
DELETED_WITHIN_S = 30.0


class NotEmptied(RuntimeError):
    """Kafka keeps what should go: one line saying what to do."""


def changelogs() -> list[str]:
    """The changelogs to make anew: the state of alerts is kept, for it says what people were told."""
    return [changelog(table) for table in TABLES if not table.startswith("alert")]


def empty_tables(client: Client, cluster: str | None) -> None:
    """Empty the computed tables that there are."""
    for table in COMPUTED_TABLES:
        statement = f"TRUNCATE TABLE IF EXISTS {table}"
        client.execute(for_cluster(statement, cluster).rstrip().rstrip(";") if cluster else statement)


def delete_changelogs(admin: Any) -> None:
    """Delete the changelogs that there are, and wait until Kafka has. Raises NotEmptied.

    `pipegauge.topics` makes them anew: a compacted topic takes no other way of emptying.
    """
    wanted = set(changelogs())
    present = wanted & set(admin.list_topics())
    if present:
        admin.delete_topics(sorted(present))
    deadline = time.monotonic() + DELETED_WITHIN_S
    while left := wanted & set(admin.list_topics()):
        if time.monotonic() > deadline:
            raise NotEmptied(
                f"Kafka has not deleted {', '.join(sorted(left))}; is delete.topic.enable set? "
                "Then run `pipegauge rebuild` again"
            )
        time.sleep(0.2)
