"""Asks ClickHouse what the doctor judges. Writes nothing: whether it may, it learns from an insert of no rows."""

import time
from collections.abc import Mapping
from typing import Any

from clickhouse_driver import Client
from clickhouse_driver.errors import ErrorCodes, ServerException
from clickhouse_migrations.migration import MigrationStorage

from deploy.doctor.clickhouse import ClickHouseSeen, Migration
from deploy.doctor.kafka import Remembered
from deploy.migrate import FOLDER
from schemas.catalog import UNASSIGNED
from schemas.config import ClickHouseConnection
from stream_processors.metrics import METRICS
from stream_processors.rows import COLUMNS

PATIENCE_S = 4
_NOT_THERE = (ErrorCodes.UNKNOWN_TABLE, ErrorCodes.UNKNOWN_DATABASE)

_APPLIED = "SELECT version, argMax(md5, created_at) FROM {database}.schema_versions GROUP BY version"
_TEAMS = "SELECT service, since, team FROM services FINAL WHERE version = (SELECT max(version) FROM services)"
_UNCLAIMED = """
SELECT service, uniqExact(id) AS found FROM events
WHERE received_at > now() - INTERVAL 1 DAY AND service NOT IN %(services)s
GROUP BY service ORDER BY found DESC, service LIMIT 20
"""
_LETTERS = """
SELECT source, count() AS found FROM dead_letters FINAL WHERE replayed_at IS NULL
GROUP BY source ORDER BY found DESC LIMIT 20
"""
# What roll's windows and correlate's facts must hold: each observation, each of its subjects. 2^32 divides versions.
_REMEMBERED = """
SELECT kafka_partition, count(), uniqExact(service, subject) FROM observations FINAL
WHERE value IS NOT NULL AND at > now() - INTERVAL 89 DAY AND metric IN %(metrics)s
  AND intDiv(version, 4294967296) > toUnixTimestamp(now() - INTERVAL 119 DAY)
GROUP BY kafka_partition
"""


def shipped() -> dict[int, Migration]:
    """The migrations of this version of pipegauge."""
    storage = MigrationStorage(FOLDER)
    names = storage.migration_filenames()
    return {one.version: Migration(names[one.version].removesuffix(".sql"), one.md5) for one in storage.migrations()}


def ask(connection: ClickHouseConnection, arguments: Mapping[str, Any], services: tuple[str, ...]) -> ClickHouseSeen:
    """ClickHouse as it is now. Raises clickhouse_driver's errors, OSError and EOFError."""
    client = Client(**{**arguments, "database": "default", "connect_timeout": 3, "send_receive_timeout": PATIENCE_S})
    try:
        asked = time.time()
        ((version, now),) = client.execute("SELECT version(), toUnixTimestamp64Milli(now64(3)) / 1000")
        ahead = now - (asked + time.time()) / 2
        applied = _rows_if_there(client, _APPLIED.format(database=connection.database))
        if not applied:
            return ClickHouseSeen(version, ahead, {})
    finally:
        client.disconnect()
    client = Client(**{**arguments, "connect_timeout": 3, "send_receive_timeout": PATIENCE_S})
    try:
        return ClickHouseSeen(
            version=version,
            ahead_s=ahead,
            applied=dict(applied),
            refused=_refused(client),
            teams=frozenset(_rows_if_there(client, _TEAMS)),
            unclaimed=_rows_if_there(client, _UNCLAIMED, {"services": services or ("",)}),
            letters=_rows_if_there(client, _LETTERS),
            remembered={
                number: Remembered(observations, subjects)
                for number, observations, subjects in _rows_if_there(
                    client, _REMEMBERED, {"metrics": tuple(METRICS) or (UNASSIGNED,)}
                )
            },
        )
    finally:
        client.disconnect()


def _rows_if_there(client: Client, query: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
    try:
        return list(client.execute(query, parameters))
    except ServerException as error:
        if error.code in _NOT_THERE:  # the migrations' line says so
            return []
        raise


def _refused(client: Client) -> dict[str, str]:
    """The tables that we may not write to, with what ClickHouse says."""
    refused: dict[str, str] = {}
    for table, columns in COLUMNS.items():
        names = ", ".join(columns)
        try:
            client.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE 0")
        except ServerException as error:  # what the line is about
            if error.code not in _NOT_THERE:
                refused[table] = error.message.split("Stack trace")[0].split(". (")[0].strip()[:160]
    return refused
