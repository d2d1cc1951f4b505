"""A pinned address changes nothing for TLS: the certificate must be that of the name."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from schemas.alert_rules import Notify, Route
from stream_processors.alerting.wording import message
from stream_processors.notifier import guard
from stream_processors.notifier.addresses import Allowed
from stream_processors.notifier.destinations import attempt, destinations
from stream_processors.notifier.lanes import Attempt
from tests.stream_processors.notifier.changes import change

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")


@contextmanager
def secure_endpoint(folder: Path, name: str) -> Iterator[tuple[int, Path]]:
    """A server on loopback that answers one request with 200, under a certificate for `name`: its port and that."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}")
    files = ("-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(certificate))
    subprocess.run((*made, *files), check=True, capture_output=True, timeout=30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            try:
                with context.wrap_socket(server.accept()[0], server_side=True) as connection:
                    request = b""
                    while not request.endswith(b"}"):  # who closes with a part unread resets the connection
                        request += connection.recv(65_536) or b"}"
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            except OSError:  # the client did not trust the certificate, as it should where the name differs
                return

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1], certificate


@pytest.mark.parametrize("certified", ["hooks.example.org", "other.example.org"])
def test_the_certificate_must_be_that_of_the_name_not_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certified: str
) -> None:
    def resolve(host: Any, port: Any, *arguments: Any) -> Any:
        assert host == "hooks.example.org"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(guard, "_getaddrinfo", resolve)
    with secure_endpoint(tmp_path, certified) as (port, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        route = Route(urls=(f"jsons://hooks.example.org:{port}/",))
        [found] = destinations(Notify(routes={"oncall": route}), lambda reference: reference)["oncall"]
        with guard.passage(Allowed(["127.0.0.1"]), "the-id") as current:
            told = attempt(found, change(), message(change(), "http://board"), current)
    if certified == "hooks.example.org":
        assert told == Attempt("sent")
    else:
        assert (told.outcome, told.reason) == ("failed", "SSLError")
