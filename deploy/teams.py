"""Writes the catalog's teams to ClickHouse, where the boards join them."""

import time
from collections.abc import Callable

from clickhouse_driver import Client

from grafana.teams import service_rows
from schemas.config import Config
from schemas.connections import client_arguments


def write_teams(config: Config, resolve: Callable[[str], str]) -> None:
    """Put the catalog of `config` in the place of the one before. Raises the driver's errors."""
    rows = service_rows(config.services, int(time.time() * 1000))
    if not rows:
        return
    connection = config.connections.clickhouse
    client = Client(**client_arguments(connection, resolve(connection.password)))
    try:
        client.execute("INSERT INTO services (service, since, team, version) VALUES", rows)
    finally:
        client.disconnect()
