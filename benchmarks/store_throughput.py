"""`python -m benchmarks.store_throughput [EVENTS]`: rows/s of one store process, from Kafka to ClickHouse.

The events are on their topic before the store starts; what counts is the time between its first and its last insert,
by ClickHouse's own clock. Broker, engine and store share this machine.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clickhouse_driver import Client
from kafka import KafkaProducer

from deploy.make_topics import make_topics
from deploy.migrate import migrate
from schemas.config import Config
from schemas.connections import client_arguments
from schemas.topics import EVENTS
from tests.embedded.clickhouse_process import start
from tests.engines import config_of, itself, running_kafka
from tests.stream_processors.records import event_record, run

ROWS_A_SECOND = (
    "SELECT min(rows), median(rows), max(rows)"
    " FROM (SELECT toUnixTimestamp(stored_at) AS second, count() AS rows FROM events GROUP BY second)"
)


def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as folder, running_kafka(Path(folder) / "kafka") as kafka:
        clickhouse = start(Path(folder) / "clickhouse")
        try:
            config = config_of(kafka, clickhouse, "benchmark")
            make_topics(config, itself)
            migrate(config, itself)
            _send(kafka, events)
            _measure(config, events)
        finally:
            clickhouse.kill()


def _send(kafka: str, events: int) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", batch_size=1 << 20, linger_ms=20)
    for number in range(events):
        key, value, headers = event_record(run(number), f"service-{number % 50}")
        producer.send(EVENTS, value, key, headers)
    producer.flush()
    producer.close()


def _measure(config: Config, events: int) -> None:
    client = Client(**client_arguments(config.connections.clickhouse, config.connections.clickhouse.password))
    argv = (sys.executable, "-m", "tests.stream_processors.store_process", config.model_dump_json())
    store = subprocess.Popen(("timeout", "-k", "5", "300", *argv), stdout=subprocess.DEVNULL)
    try:
        while client.execute("SELECT count() FROM events")[0][0] < events:
            time.sleep(0.2)
        query = "SELECT min(toUnixTimestamp64Milli(stored_at)), max(toUnixTimestamp64Milli(stored_at)) FROM events"
        [[first, last]] = client.execute(query)
        [[least, median, most]] = client.execute(ROWS_A_SECOND)
        [[of_first]] = client.execute(f"SELECT count() FROM events WHERE toUnixTimestamp64Milli(stored_at) = {first}")
    finally:
        store.terminate()
        store.wait(20)
    rate = (events - of_first) / ((last - first) / 1000)
    print(f"store: {rate:,.0f} rows/s over {events:,} events (by second {least:,} to {most:,}, median {median:,.0f})")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150_000)
