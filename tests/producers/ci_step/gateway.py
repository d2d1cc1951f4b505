"""A gateway for the tests of the step: it keeps what is posted, and answers as it is told."""

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from producers.gateway import Intake, take_in
from producers.sources.ci import SOURCE
from schemas.catalog import Catalog
from schemas.config import SourceSettings
from schemas.deliveries import Delivery, Secret

STEP = Path(__file__).parents[3] / "producers" / "ci_step.py"
SECRET = "a secret of the step"


@dataclass
class Gateway:
    """Where it listens, what came, and the status that it answers with."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 202
    delay: float = 0
    pause: threading.Event = field(default_factory=threading.Event)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What was told, as JSON."""
        return [json.loads(body) for _, body in self.came]

    def taken(self, number: int = -1) -> Intake:
        """What the real gateway makes of a delivery, its signature checked."""
        headers, body = self.came[number]
        delivery = Delivery("ci", headers, body, None, datetime.now(UTC))
        settings = SourceSettings(secrets=("x",))
        return take_in(delivery, SOURCE, [Secret(SECRET.encode())], settings, Catalog([]), b"salt", "t")


@contextmanager
def listening(certificate: Path | None = None) -> Iterator[Gateway]:
    """A gateway that listens on this machine, by TLS where it is given its key and certificate in one file."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if gateway.delay:
                gateway.pause.wait(gateway.delay)
            if self.path.endswith("/hooks/ci") and gateway.status == 202:
                gateway.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = b'{"outcome": "accepted"}' if gateway.status == 202 else b'{"detail": "not today"}'
            self.send_response(gateway.status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    gateway.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.pause.set()
        server.shutdown()
        server.server_close()


def environment(folder: Path, url: str | None, **more: str) -> dict[str, str]:
    """The variables of a step that runs in no CI."""
    known = {"PATH": os.environ["PATH"], "HOME": str(folder), "PIPEGAUGE_SPOOL": str(folder / "spool")}
    to = {"PIPEGAUGE_URL": url, "PIPEGAUGE_SECRET": SECRET, "PIPEGAUGE_REPOSITORY": "acme/shop"} if url else {}
    return known | to | more


def words_of(*words: str) -> list[str]:
    """The command line that runs the one file, alone: nothing of ours can be imported."""
    return [sys.executable, "-I", "-S", str(STEP), *words]


def step(folder: Path, url: str | None, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a step in `folder` to its end."""
    return subprocess.run(
        words_of(*words), cwd=folder, env=environment(folder, url, **more), capture_output=True, timeout=20
    )
