"""The board as its users start it: a process of its own, here over a configuration given as its argument."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.telemetry import configured, metrics_text
from schemas.config import ClickHouseConnection, Config, Connections, Listen
from tests.embedded.clickhouse_process import PASSWORD, USER, Running

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 20


@dataclass
class Board:
    """A board that runs, and the configuration that it runs with."""

    process: subprocess.Popen[bytes]
    url: str
    config: Config

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an address."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:  # problem+json is an answer too
            return error.code, json.load(error)

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self.process.terminate()
        return self.process.wait(15)


def config_for(clickhouse: Running, database: str) -> Config:
    """A configuration that reads `database` and serves on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    connection = ClickHouseConnection(port=clickhouse.port, database=database, username=USER, password=PASSWORD)
    return Config(connections=Connections(clickhouse=connection), listen=Listen(board=f"127.0.0.1:{port}"))


def start_board(config: Config, log: Path) -> Board:
    """Starts a board and waits until it answers."""
    command = [sys.executable, "-m", "tests.grafana.board_process", config.model_dump_json()]
    with log.open("ab") as file:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=file, stderr=file)
    board = Board(process, f"http://{config.listen.board}", config)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if board.get("/health/live")[0] == 200:
                return board
        except OSError:
            # Nothing listens yet.
            time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the board did not answer within {START_SECONDS} s: {log.read_text()}")


if __name__ == "__main__":
    from grafana.board.serving import run

    config = Config.model_validate_json(sys.argv[1])
    with configured("board", config.connections.otlp, lambda secret: secret):
        run(config, lambda secret: secret, metrics_text)
