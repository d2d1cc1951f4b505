"""What a configuration says of Grafana: where it is, and what should be in it."""

from deploy.configuration import resolve
from grafana.desired import data_source, desired
from grafana.plan import Item
from grafana.rendering import committed_boards
from grafana.sync import Target
from schemas.config import Config


def target_of(config: Config, url: str, token: str) -> Target:
    """The Grafana at `url`. Raises deploy.configuration.SecretError."""
    connection = config.connections.grafana
    secrets = {}
    if connection.reader is not None:
        secrets["password"] = resolve(connection.reader.password)
        tls = config.connections.clickhouse.tls
        if tls is not None and tls.ca is not None:
            secrets["tlsCACert"] = tls.ca.read_text("utf-8")
    return Target(url, token, connection.tls, secrets)


def desired_of(config: Config) -> list[Item]:
    """The committed boards, the configuration's alert rules, and the data source if its user is configured."""
    reader = config.connections.grafana.reader
    source = data_source(config.connections.clickhouse, reader) if reader is not None else None
    return desired(committed_boards(), config.alerts, source)
