"""`pipegauge work`: the Faust worker as a process."""

import asyncio
import resource
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import faust
import structlog
import uvloop
from kafka.errors import KafkaError

from schemas import topics
from schemas.config import Config
from schemas.connections import kafka_arguments
from stream_processors.agents.alert import AlertAgent
from stream_processors.agents.correlate import Correlate
from stream_processors.agents.roll import Rolls
from stream_processors.agents.rollup import Rollups
from stream_processors.alerting.rules import Rules
from stream_processors.app import SESSION_TIMEOUT_S, Worker
from stream_processors.correlate.ledger import Rules as CorrelateRules
from stream_processors.lag import Lag
from stream_processors.lag_reading import LagReading
from stream_processors.outbox import Outgoing
from stream_processors.partitions import check_partitions
from stream_processors.roll import Teams
from stream_processors.stall import StallWatch
from stream_processors.watchdog import Watchdog

log = structlog.get_logger()
TICK_S = 1.0
RETRY_S = 2.0
STALL_S = 15.0
"""Behind and without progress for so long, the process starts anew; one event takes seconds at the most."""


class Catalog(CorrelateRules, Teams, Protocol):
    """What the worker asks the catalog."""


ServeStatus = Callable[[str, Callable[[], Mapping[str, Any]], Callable[[], bool]], AbstractContextManager[Any]]
FILES = 4_096
"""RocksDB keeps its files open: four tables a partition, several files each."""


def run(
    config: Config,
    resolve: Callable[[str], str],
    catalog: "Catalog",
    serve_status: ServeStatus,
    judges: bool = True,
) -> None:
    """Work until SIGTERM or SIGINT, its status on `listen.worker`. Raises OtherPartitions.

    Where `judges` is false, no alert is judged: windows that a rebuild refills pass through values never true.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard) if hard != resource.RLIM_INFINITY else FILES, hard))
    kafka = config.connections.kafka
    read = (topics.EVENTS, topics.OBSERVATIONS, topics.ROLLUPS, *((topics.METRICS,) if judges else ()))
    arguments = kafka_arguments(kafka, resolve(kafka.sasl.password) if kafka.sasl else None)
    tables = tuple(map(topics.changelog, topics.TABLES))
    _wait_for_kafka(lambda: check_partitions((*read, topics.TICKS, *tables), kafka.partitions, arguments))
    lag = LagReading(topics.APP_ID, read, kafka.partitions, arguments)
    process = WorkerProcess(config, resolve, catalog, judges)
    StallWatch(STALL_S, lambda: Lag(topics.APP_ID, read, kafka.partitions, **arguments), process.held).start()
    with serve_status(config.listen.worker, lambda: {"lag": lag.by_topic(), **process.status()}, process.ready):
        process.run()


def _wait_for_kafka(ask: Callable[[], None]) -> None:
    """Return once Kafka answers and has the topics."""
    while True:
        try:
            ask()
        except KafkaError as error:  # the world's: Kafka may come up after the worker
            log.warning("Kafka or its topics are not there yet; trying again", error=repr(error))
            time.sleep(RETRY_S)
        else:
            return


class WorkerProcess:
    """The worker with all its agents; `status` may be asked from another thread."""

    def __init__(self, config: Config, resolve: Callable[[str], str], catalog: Catalog, judges: bool = True) -> None:
        kafka = config.connections.kafka
        password = resolve(kafka.sasl.password) if kafka.sasl else None
        state_dir = config.data / "worker"
        shutil.rmtree(state_dir, ignore_errors=True)  # after kill -9 it is no prefix of the changelog
        state_dir.mkdir(parents=True)
        self.worker = Worker(kafka, password, state_dir)
        self._correlate = Correlate(self.worker, catalog)
        self._rolls = Rolls(self.worker, catalog)
        self._rollups = Rollups(self.worker)
        self._alerts = AlertAgent(self.worker, Rules(config.alerts, catalog)) if judges else None
        # Noted by the loop for other threads: Faust makes its consumer for whichever thread asks for it first.
        self._held: set[tuple[str, int]] = set()
        self._connect()

    def status(self) -> Mapping[str, Any]:
        """What `/status` tells beside the lag."""
        return {
            "spool_depth": 0,
            "freshness": self._correlate.freshness(time.time()),
            "dirty": sum(agent.dirty for agent in self._windowed()) + (not self._held),
            "late_dropped": self._correlate.late_dropped,
            "held": self.worker.held,
            "partitions": sorted(number for topic, number in self._held if topic == topics.TICKS),
        }

    def held(self) -> set[tuple[str, int]]:
        """The topics and partitions that this worker should be getting on with."""
        stopped = self.worker.held
        return {(topic, number) for topic, number in self._held if topic not in stopped}

    def ready(self) -> bool:
        """Whether partitions are assigned and their tables recovered."""
        return bool(self._held)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        loop = uvloop.new_event_loop()
        asyncio.set_event_loop(loop)
        process = faust.Worker(
            self.worker.app,
            loop=loop,
            quiet=True,
            redirect_stdouts=False,
            override_logging=False,  # Faust's own turns a spinner at every debug line: a tenth of the time (measured)
            console_port=0,
        )
        process.spinner = None  # it writes control characters into the log, though nobody looks
        try:
            process.execute_from_commandline()
        except SystemExit as ended:
            if ended.code not in (0, None):
                raise

    def _windowed(self) -> list[Rolls | Rollups | AlertAgent]:
        """The agents that hold something derived."""
        return [self._rolls, self._rollups, *([self._alerts] if self._alerts else [])]

    def _connect(self) -> None:
        app: Any = self.worker.app

        async def forget(*_: Any, **__: Any) -> None:
            for agent in self._windowed():
                agent.forget()

        async def tick() -> None:
            recovered = app.tables.recovery.completed.is_set() and not app.rebalancing
            assigned = {(tp.topic, tp.partition) for tp in app.consumer.assignment()}
            self._held = assigned if recovered else set()
            now = str(int(time.time())).encode()
            for partition in (number for topic, number in assigned if topic == topics.TICKS):
                self.worker.outbox.put(Outgoing(topics.TICKS, str(partition).encode(), now, (), partition))
            await self.worker.outbox.post()

        app.on_partitions_revoked.connect(forget, weak=False)
        app.on_partitions_assigned.connect(forget, weak=False)
        app.timer(interval=TICK_S, name="ticks")(tick)
        watchdog = Watchdog(SESSION_TIMEOUT_S / 2)
        for journal in (self.worker.facts, self.worker.windows, self.worker.members, self.worker.alerts):
            journal.progress = watchdog.sign
        app.task(watchdog.beat)
