"""A ClickHouse with pipegauge's tables, into which a test puts what the gateway would have published."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from clickhouse_driver import Client

from deploy.migrate import migrate
from producers.records import KafkaRecord
from schemas.config import Config
from stream_processors.rows import COLUMNS, rows_of
from tests.embedded.clickhouse_process import Running
from tests.engines import config_of, itself
from tests.stream_processors.records import Arrival


class Storing:
    """One database. It stands for Kafka and the store: a record that is sent is a row at once."""

    def __init__(self, server: Running, database: str) -> None:
        self.connections = config_of("", server, database).connections
        migrate(Config(connections=self.connections), itself)
        self.client: Client = server.client(database=database)
        self.sent: list[KafkaRecord] = []
        self._offsets = count()

    def config(self, parsed: Config) -> Config:
        """`parsed` with the connection to this database."""
        return parsed.model_copy(update={"connections": self.connections})

    def put(self, records: Iterable[KafkaRecord]) -> None:
        """Stores records."""
        for record in records:
            arrival = Arrival(record.topic, record.key, record.value, record.headers, offset=next(self._offsets))
            table, rows = rows_of(arrival)
            self.client.execute(f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES", rows)

    def send(self, topic: str, value: bytes, key: bytes, headers: list[tuple[str, bytes]]) -> "Storing":
        """As KafkaProducer's; what it returns is acknowledged."""
        self.sent.append(KafkaRecord(topic, key, value, headers))
        self.put(self.sent[-1:])
        return self

    def get(self, timeout: float) -> None:
        """As of a future."""

    def close(self, timeout: float) -> None:
        """As KafkaProducer's."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        found: list[tuple[Any, ...]] = self.client.execute(query)
        return found
