"""The process `pipegauge board`."""

import asyncio
import signal
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import structlog
from clickhouse_driver import Client
from granian.constants import Interfaces
from granian.server.embed import Server

from grafana.board.app import create_app
from grafana.board.boards import Board, read_board
from grafana.board.database import Database
from grafana.board.measured import Measured, MetricsText, tell_freshness
from schemas.config import Config
from schemas.connections import client_arguments

DASHBOARDS = Path(__file__).parent.parent / "dashboards"
log = structlog.get_logger()


def run(config: Config, resolve: Callable[[str], str], metrics_text: MetricsText) -> None:
    """Serves the boards at `listen.board` until SIGTERM or SIGINT.

    `resolve` turns a secret's reference into it, `metrics_text` is what /metrics answers.
    """
    connection = config.connections.clickhouse
    arguments = client_arguments(connection, resolve(connection.password))
    host, _, port = config.listen.board.rpartition(":")
    serve(host, int(port), Database(lambda: Client(**arguments)), metrics_text)


def committed_boards() -> dict[str, Board]:
    """The committed dashboards by uid, in the order of their file names."""
    boards = [read_board(file.read_text("utf-8")) for file in sorted(DASHBOARDS.glob("*.json"))]
    return {board.uid: board for board in boards}


def serve(host: str, port: int, database: Database, metrics_text: MetricsText) -> None:
    """Serves the committed boards until SIGTERM or SIGINT."""
    asyncio.run(_serve(host, port, database, metrics_text))


async def _serve(host: str, port: int, database: Database, metrics_text: MetricsText) -> None:
    app = Measured(create_app(committed_boards(), database, version("pipegauge")), metrics_text)
    tell_freshness(database)
    server = Server(app, host, port, interface=Interfaces.ASGI, websockets=False, log_enabled=False)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    log.info("board serves", url=f"http://{host}:{port}/d/delivery")
    await server.serve()
    log.info("board stopped")
