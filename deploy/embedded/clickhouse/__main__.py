"""`python -m deploy.embedded.clickhouse`: owns a data folder and serves it over ClickHouse's native protocol."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Final

from deploy.logs import configure_logs
from deploy.redaction import keep_secret

from .connection import Account
from .engine import DataFolderInUseError, Engine
from .errors import EngineError
from .server import Server
from .status import start_status

DRAIN_SECONDS: Final = 5.0
EXIT_DONE, EXIT_FAILED = 0, 1

log = logging.getLogger("deploy.embedded.clickhouse")


def main() -> int:
    """Runs until SIGTERM or SIGINT; returns the exit code."""
    arguments = _arguments()
    configure_logs()
    stop = threading.Event()
    try:
        accounts = _accounts(arguments)
        engine = Engine(arguments.path)
        listener = socket.create_server((arguments.host, arguments.port), family=_family(arguments.host), backlog=128)
        server = Server(listener, engine, accounts)
        status_port = start_status(arguments.host, arguments.status_port, server, engine.version)
    except (OSError, EngineError, DataFolderInUseError) as error:  # what the user can repair is one line
        print(f"embedded ClickHouse cannot start: {error}", file=sys.stderr)
        return EXIT_FAILED
    for number in (signal.SIGTERM, signal.SIGINT):  # after the engine: it may have set its own
        signal.signal(number, lambda *_: stop.set())
    server.start()
    port = listener.getsockname()[1]
    if arguments.port_file:
        _write_ports(arguments.port_file, port, status_port)
    log.info("engine %s listens on %s:%d, status on %d", engine.version, arguments.host, port, status_port)
    stop.wait()
    log.info("stopping")
    if server.stop(DRAIN_SECONDS):
        engine.close()
    log.info("stopped")
    return EXIT_DONE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.clickhouse", description=__doc__)
    parser.add_argument("--path", type=_folder, required=True, help="the data folder, owned by this process alone")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--status-port", type=int, required=True, help="0 picks a free one")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--reader", help="a second user, who may only read")
    parser.add_argument("--reader-password-file", type=Path)
    parser.add_argument("--port-file", type=Path, help='gets {"port": N, "status_port": M} once clients can connect')
    arguments = parser.parse_args()
    if (arguments.reader is None) != (arguments.reader_password_file is None):
        parser.error("--reader and --reader-password-file belong together")
    return arguments


def _accounts(arguments: argparse.Namespace) -> list[Account]:
    accounts = [Account(arguments.user, _password(arguments.password_file))]
    if arguments.reader is not None:
        accounts.append(Account(arguments.reader, _password(arguments.reader_password_file), only_reads=True))
    return accounts


def _password(file: Path) -> str:
    return keep_secret(file.read_text(encoding="utf-8").strip())


def _loopback(host: str) -> str:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{host} is not an address; use 127.0.0.1") from None
    if not address.is_loopback:
        raise argparse.ArgumentTypeError(f"{host} is not a loopback address; embedded ClickHouse serves this machine")
    return str(address)


def _folder(path: str) -> Path:
    if "?" in path:  # chDB reads what follows as options
        raise argparse.ArgumentTypeError("the engine cannot use a folder with a question mark in its name")
    return Path(path)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _write_ports(file: Path, port: int, status_port: int) -> None:
    new = file.with_name(f"{file.name}.new")
    new.write_text(json.dumps({"port": port, "status_port": status_port}), encoding="utf-8")
    new.replace(file)


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # threads may still be inside the engine, whose own teardown would race with them
