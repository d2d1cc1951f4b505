"""A stack of engines alone, with events of a simulated company on the topics, and the processes that compute them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from clickhouse_driver import Client
from kafka import KafkaProducer

from deploy.configuration import resolve
from deploy.demo.deliveries import deliveries
from deploy.rebuild import catching_up
from deploy.rebuild.groups import admin_of, ends_of
from deploy.stack import running
from producers.gateway import take_in
from producers.registry import find_source
from schemas import topics
from schemas.catalog import Catalog
from schemas.config import Config, SourceSettings
from schemas.connections import client_arguments, kafka_arguments
from schemas.deliveries import Delivery

UNSIGNED = SourceSettings(unsigned=True)


@contextmanager
def engines(config: Config, data: Path) -> Iterator[Config]:
    """Kafka and ClickHouse with topics and tables; the configuration that reaches them."""
    with running(config, data, print, services=()) as stack:
        yield stack.config


def publish(config: Config, count: int) -> None:
    """`count` deliveries of nine days of a company's past, as the gateway publishes them."""
    now = datetime.now(UTC).replace(microsecond=0)
    producer = KafkaProducer(**kafka_arguments(config.connections.kafka, None), acks="all")
    source, catalog = find_source("github"), Catalog(config.services)
    for planned in list(deliveries(7, now - timedelta(days=9), now))[:count]:
        headers = {"x-github-event": planned.event, "content-type": "application/json"}
        delivery = Delivery("github", headers, orjson.dumps(planned.body), None, now)
        for record in take_in(delivery, source, [], UNSIGNED, catalog, b"salt", "00-1-1-00").records:
            producer.send(record.topic, record.value, record.key, record.headers)
    producer.close()


def compute(config: Config) -> None:
    """Run a worker and a store until all of it has become numbers."""
    kafka, partitions = kafka_arguments(config.connections.kafka, None), config.connections.kafka.partitions
    with admin_of(kafka) as admin:
        goal = ends_of(admin, [topics.EVENTS], partitions)
    with catching_up.processes(config) as statuses:
        catching_up.wait(kafka, partitions, statuses, goal, 0, print)
    time.sleep(0.5)


def client_of(config: Config) -> Client:
    connection = config.connections.clickhouse
    return Client(**client_arguments(connection, resolve(connection.password)))
