"""The arguments that clients of Kafka and ClickHouse are made with, from the section `connections:`."""

from typing import Any

from schemas.config import ClickHouseConnection, KafkaConnection

CLICKHOUSE_RECEIVE_SECONDS = 15
"""The driver's own 300 s would hide a dead server from everybody who waits."""
CLICKHOUSE_CONNECT_SECONDS = 5


def client_arguments(connection: ClickHouseConnection, password: str) -> dict[str, Any]:
    """Keyword arguments of clickhouse_driver.Client."""
    arguments: dict[str, Any] = {
        "host": connection.host,
        "port": connection.port,
        "user": connection.username,
        "password": password,
        "database": connection.database,
        "send_receive_timeout": CLICKHOUSE_RECEIVE_SECONDS,
        "connect_timeout": CLICKHOUSE_CONNECT_SECONDS,
    }
    tls = connection.tls
    if tls is None:
        return arguments
    files = {"ca_certs": tls.ca, "certfile": tls.certificate, "keyfile": tls.key}
    present = {name: str(path) for name, path in files.items() if path is not None}
    return arguments | {"secure": True, "verify": tls.verify, **present}


def kafka_arguments(connection: KafkaConnection, password: str | None) -> dict[str, Any]:
    """Keyword arguments of any client of kafka-python; `password` is that of `sasl:`, None without one.

    With `verify: false` the broker's certificate may name another host; kafka-python checks its chain all the same.
    """
    arguments: dict[str, Any] = {"bootstrap_servers": list(connection.brokers)}
    tls, sasl = connection.tls, connection.sasl
    if tls is not None:
        files = {"ssl_cafile": tls.ca, "ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
        arguments |= {name: str(path) for name, path in files.items() if path is not None}
        arguments["ssl_check_hostname"] = tls.verify
    if sasl is not None:
        arguments |= {
            "sasl_mechanism": sasl.mechanism,
            "sasl_plain_username": sasl.username,
            "sasl_plain_password": password,
        }
    if tls or sasl:
        arguments["security_protocol"] = f"{'SASL_' if sasl else ''}{'SSL' if tls else 'PLAINTEXT'}"
    return arguments
