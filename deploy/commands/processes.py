"""One process of pipegauge each: receive, work, store, notify, board."""

from typing import Annotated

import typer

from deploy import telemetry
from deploy.cli import DATA, ConfigOption, DataOption, app
from deploy.commands.configured import config_of
from deploy.configuration import load_for_senders, resolve
from deploy.effective import reread
from deploy.embedded.lock import locked
from deploy.embedded.ports import is_free
from deploy.endpoints import EFFECTIVE
from deploy.rebuild.marker import refuse_unfinished
from deploy.status import StatusServer
from schemas.catalog import Catalog
from schemas.config import Config

RebuildingOption = Annotated[bool, typer.Option("--rebuilding", hidden=True, help="As a part of `pipegauge rebuild`.")]


class AddressTaken(RuntimeError):
    """Somebody else listens there: one line saying what to do."""


def _check_free(address: str, key: str) -> None:
    # Granian would share the port with another granian in silence, and nobody else names the address.
    host, _, port = address.rpartition(":")
    if not is_free(int(port), host.strip("[]")):
        raise AddressTaken(f"{address} is taken; stop what listens there, or set `listen: {key}:` to another address")


@app.command()
def receive(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The gateway: verify deliveries, publish them, answer."""
    from producers.receive import run  # a command loads only its own libraries
    from stream_processors.failpoints import reached

    loaded = config_of(config, data, load_for_senders)
    _check_free(loaded.listen.gateway, "gateway")

    def read_again() -> Config:
        if config is not None and config.name == EFFECTIVE:
            return reread(config.parent, load_for_senders)
        return config_of(config, data, load_for_senders)

    with telemetry.configured("gateway", loaded.connections.otlp, resolve):
        run(loaded, resolve, telemetry.metrics_text, read_again, reached)


@app.command()
def work(config: ConfigOption = None, data: DataOption = DATA, rebuilding: RebuildingOption = False) -> None:
    """The stream: correlate events, roll observations into windows, publish metric points."""
    from stream_processors.work import run

    loaded = config_of(config, data)
    if not rebuilding:
        refuse_unfinished(loaded.data)
    _check_free(loaded.listen.worker, "worker")
    with (
        locked(loaded.data / "worker-lock"),  # a second worker would delete the first one's local tables
        telemetry.configured("worker", loaded.connections.otlp, resolve),
    ):
        run(loaded, resolve, Catalog(loaded.services), StatusServer, judges=not rebuilding)


@app.command()
def store(config: ConfigOption = None, data: DataOption = DATA, rebuilding: RebuildingOption = False) -> None:
    """The store: every topic into ClickHouse."""
    from stream_processors.store import run

    loaded = config_of(config, data)
    if not rebuilding:
        refuse_unfinished(loaded.data)
    _check_free(loaded.listen.store, "store")
    with telemetry.configured("store", loaded.connections.otlp, resolve):
        run(loaded, resolve, StatusServer)


@app.command()
def notify(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The notifier: tell people of alerts, by apprise and Alertmanager."""
    from stream_processors.notifier.process import run

    loaded = config_of(config, data)
    _check_free(loaded.listen.notifier, "notifier")
    with telemetry.configured("notifier", loaded.connections.otlp, resolve):
        run(loaded, resolve, StatusServer)


@app.command()
def board(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The web board."""
    from grafana.board.serving import run

    loaded = config_of(config, data)
    _check_free(loaded.listen.board, "board")
    with telemetry.configured("board", loaded.connections.otlp, resolve):
        run(loaded, resolve, telemetry.metrics_text)
