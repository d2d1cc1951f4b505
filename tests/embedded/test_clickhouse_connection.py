"""Who may connect to embedded ClickHouse, what it says of itself, and how it ends a connection."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from tests.embedded.clickhouse_process import PASSWORD, REPOSITORY, USER, Running, command, start, wait_until


@pytest.mark.parametrize(
    ("user", "password"), [(USER, "wrong"), (USER, ""), ("nobody", PASSWORD), (USER, PASSWORD[:-1])]
)
def test_a_wrong_user_or_password_is_refused_with_code_516(clickhouse: Running, user: str, password: str) -> None:
    with pytest.raises(ServerException) as refusal:
        clickhouse.client(user=user, password=password).execute("SELECT 1")
    assert refusal.value.code == 516


def test_the_right_password_opens(client: Client) -> None:
    assert client.execute("SELECT 1") == [(1,)]


def test_ping_is_answered(client: Client) -> None:
    client.execute("SELECT 1")
    assert client.connection.ping() is True


def test_the_server_names_itself_clickhouse_with_the_engines_version(clickhouse: Running, client: Client) -> None:
    version = client.execute("SELECT version()")[0][0]
    info = client.connection.server_info
    assert (info.name, info.revision) == ("ClickHouse", 54429)
    assert version.startswith("{}.{}.{}.".format(*info.version_tuple()))


def test_the_database_of_the_hello_is_the_current_one(clickhouse: Running, client: Client) -> None:
    client.execute("CREATE DATABASE IF NOT EXISTS `odd``name`")
    assert clickhouse.client(database="odd`name").execute("SELECT currentDatabase()") == [("odd`name",)]


def test_an_unknown_database_is_refused_with_code_81(clickhouse: Running) -> None:
    with pytest.raises(ServerException) as refusal:
        clickhouse.client(database="nowhere").execute("SELECT 1")
    assert refusal.value.code == 81


def test_connections_are_counted_and_forgotten(clickhouse: Running) -> None:
    wait_until(lambda: clickhouse.get("/status")["running"] == 0)
    before = clickhouse.get("/status")["connections"]
    clients = [clickhouse.client() for _ in range(3)]
    for one in clients:
        one.execute("SELECT 1")
    assert clickhouse.get("/status")["connections"] == before + 3
    for one in clients:
        one.disconnect()
    wait_until(lambda: clickhouse.get("/status")["connections"] == before)


def test_status_and_health_are_served(clickhouse: Running, client: Client) -> None:
    before = clickhouse.get("/status")
    client.execute("SELECT 1")
    status = clickhouse.get("/status")
    assert set(status) >= {"version", "engine_version", "connections", "queries", "uptime_s"}
    assert status["engine_version"] == client.execute("SELECT version()")[0][0]
    assert status["queries"] == before["queries"] + 1
    assert clickhouse.get("/health/live") == {"live": True}
    assert clickhouse.get("/health/ready") == {"ready": True}


def test_noise_instead_of_a_hello_is_refused_and_the_server_lives_on(clickhouse: Running, client: Client) -> None:
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x00" + b"\xff" * 9 + b"\x01", b"\x00\x02\xff\xfe" + b"\x01" * 20):
        with socket.create_connection(("127.0.0.1", clickhouse.port), timeout=5) as sock:
            sock.sendall(noise)
            assert b"DB::Exception" in sock.recv(4096)
    assert client.execute("SELECT 1") == [(1,)]


def test_a_client_too_old_for_the_revision_is_told_so(clickhouse: Running) -> None:
    with pytest.raises(ServerException, match="54429") as refusal:
        clickhouse.client(client_revision=54420).execute("SELECT 1")
    assert refusal.value.code == 48


def test_a_host_that_is_not_loopback_is_refused(tmp_path: Path) -> None:
    refusal = subprocess.run(
        command(tmp_path / "data", tmp_path / "password", "--host", "0.0.0.0"),
        cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert refusal.returncode == 2
    assert "0.0.0.0 is not a loopback address" in refusal.stderr


def test_a_taken_port_is_one_line_of_error(clickhouse: Running, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    asked = command(tmp_path / "data", tmp_path / "password", "--port", str(clickhouse.port))
    refusal = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)
    assert refusal.returncode == 1
    assert refusal.stderr.count("\n") == 1
    assert "in use" in refusal.stderr


def test_passwords_and_data_are_never_logged(tmp_path: Path) -> None:
    running = start(tmp_path)
    try:
        client = running.client()
        client.execute("CREATE TABLE t (a String) ENGINE = MergeTree ORDER BY a")
        client.execute("INSERT INTO t VALUES", [("hush-hush",)])
        for bad in ("SELECT nope('hush-hush')", "INSERT INTO t VALUES ('hush-hush', 1)"):
            with pytest.raises(ServerException):
                client.execute(bad)
        with pytest.raises(ServerException):
            running.client(password="hush-hush").execute("SELECT 1")
    finally:
        running.terminate()
    assert "hush-hush" not in running.log()
    assert PASSWORD not in running.log()
    assert "listens on 127.0.0.1" in running.log()
