"""One process of pipegauge each: receive, work, store, board."""

from deploy import telemetry
from deploy.cli import DATA, ConfigOption, DataOption, app
from deploy.commands.configured import config_of
from deploy.configuration import resolve
from deploy.status import StatusServer
from schemas.catalog import Catalog


@app.command()
def receive(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The gateway: verify deliveries, publish them, answer."""
    from producers.receive import run  # a command loads only its own libraries

    telemetry.configure("gateway")
    run(config_of(config, data), resolve)


@app.command()
def work(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The stream: correlate events, roll observations into windows, publish metric points."""
    from stream_processors.work import run

    telemetry.configure("worker")
    loaded = config_of(config, data)
    run(loaded, resolve, Catalog(loaded.services), StatusServer)


@app.command()
def store(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The store: every topic into ClickHouse."""
    from stream_processors.store import run

    telemetry.configure("store")
    run(config_of(config, data), resolve, StatusServer)


@app.command()
def board(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """The web board."""
    from grafana.board.serving import run

    telemetry.configure("board")
    run(config_of(config, data), resolve)
