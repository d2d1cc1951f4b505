"""That a step never fails or waits because nobody listens: what is not sent in time is sent by the next step."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from producers import ci_step
from tests.producers.ci_step.gateway import SECRET, Gateway, environment, listening, step, words_of


def closed_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


def test_a_gateway_that_is_away_costs_neither_the_exit_code_nor_time(tmp_path: Path) -> None:
    began = time.monotonic()
    done = step(tmp_path, closed_port(), "--", "sh", "-c", "exit 3")
    assert done.returncode == 3
    assert done.stderr.startswith(b"pipegauge: not sent (")
    assert done.stderr.endswith(b"; the next step sends it\n")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("way", ["says nothing", "is slow"])
def test_a_gateway_that_does_not_answer_costs_two_seconds_in_all(tmp_path: Path, gateway: Gateway, way: str) -> None:
    gateway.delay = 10
    silent = socket.create_server(("127.0.0.1", 0))
    url = gateway.url if way == "is slow" else f"http://127.0.0.1:{silent.getsockname()[1]}"
    began = time.monotonic()
    done = step(tmp_path, url, "--", "sh", "-c", "exit 3")
    took = time.monotonic() - began
    silent.close()
    assert done.returncode == 3
    assert 1.9 < took < 4
    assert done.stderr.endswith(b"; the next step sends it\n")
    assert len(list((tmp_path / "spool").rglob("*.json"))) == 1


def test_what_could_not_be_sent_the_next_step_sends_once(tmp_path: Path, gateway: Gateway) -> None:
    gateway.status = 503
    step(tmp_path, gateway.url, "--stage", "first", "--", "true")
    step(tmp_path, gateway.url, "--stage", "second", "--", "true")
    (kept,) = {path.parent for path in (tmp_path / "spool").rglob("*.json")}
    assert len(list(kept.iterdir())) == 2
    assert not any(SECRET.encode() in file.read_bytes() for file in kept.iterdir())
    assert {oct(file.stat().st_mode & 0o777) for file in kept.iterdir()} == {"0o600"}
    gateway.status = 202
    assert step(tmp_path, gateway.url, "--stage", "third", "--", "true").stderr == b""
    assert [told["stage"] for told in gateway.steps] == ["third", "first", "second"]
    assert all(gateway.taken(number).outcome == "accepted" for number in range(3)), "each is signed anew"
    assert {headers["webhook-id"] for headers, _ in gateway.came} == {told["id"] for told in gateway.steps}
    assert list(kept.iterdir()) == []
    step(tmp_path, gateway.url, "--stage", "fourth", "--", "true")
    assert [told["stage"] for told in gateway.steps] == ["third", "first", "second", "fourth"]


def test_what_is_refused_for_good_is_not_kept_and_the_line_says_why(tmp_path: Path, gateway: Gateway) -> None:
    gateway.status = 401
    done = step(tmp_path, gateway.url, "--", "true")
    assert (done.returncode, done.stderr) == (0, b"pipegauge: refused with 401: not today\n")
    assert not (tmp_path / "spool").exists()


def test_another_gateway_is_not_sent_what_was_kept_for_the_first(tmp_path: Path, gateway: Gateway) -> None:
    step(tmp_path, closed_port(), "--", "true")
    step(tmp_path, gateway.url, "--", "true")
    assert len(gateway.came) == 1


def test_a_disk_that_takes_nothing_is_told_and_the_step_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = step(tmp_path, closed_port(), "--", "sh", "-c", "exit 3", PIPEGAUGE_SPOOL=str(tmp_path / "file"))
    assert done.returncode == 3
    assert done.stderr.endswith(b"and it could not be kept\n")


def test_a_folder_that_somebody_else_could_have_made_is_not_used(tmp_path: Path) -> None:
    (tmp_path / f"pipegauge-{os.getuid()}").mkdir(mode=0o700)
    (tmp_path / f"pipegauge-{os.getuid()}").chmod(0o777)
    done = step(tmp_path, closed_port(), "--", "true", PIPEGAUGE_SPOOL="", TMPDIR=str(tmp_path))
    assert done.stderr.endswith(b"and it could not be kept\n")


def test_a_step_that_is_told_to_end_while_it_sends_ends(tmp_path: Path, gateway: Gateway) -> None:
    gateway.delay = 10
    running = subprocess.Popen(
        words_of("--", "echo", "done"),
        cwd=tmp_path,
        env=environment(tmp_path, gateway.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.read() == b"done\n"
    began = time.monotonic()
    time.sleep(0.3)
    running.terminate()
    assert running.wait(10) == 0
    assert time.monotonic() - began < 1.5
    assert len(list((tmp_path / "spool").rglob("*.json"))) == 1


def test_by_tls_a_certificate_that_is_not_trusted_is_no_gateway(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway")
    names = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem")
    subprocess.run(["openssl", *made, *names], cwd=tmp_path, check=True, capture_output=True)
    both = tmp_path / "both.pem"
    both.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "cert.pem").read_text())
    with listening(both) as gateway:
        refused = step(tmp_path, gateway.url, "--", "true")
        assert refused.returncode == 0
        assert b"certificate" in refused.stderr
        trusted = step(tmp_path, gateway.url, "--", "true", SSL_CERT_FILE=str(tmp_path / "cert.pem"))
        assert (trusted.returncode, trusted.stderr) == (0, b"")
        assert len(gateway.came) == 2, "and what waited was sent"


def test_a_proxy_is_asked_where_one_is_set(tmp_path: Path, gateway: Gateway) -> None:
    more = {"http_proxy": gateway.url}
    assert step(tmp_path, "http://pipegauge.invalid", "--", "true", **more).stderr == b""
    assert len(gateway.came) == 1


@pytest.mark.parametrize("url", ["pipegauge", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port"])
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    done = step(tmp_path, url, "--", "sh", "-c", "exit 3")
    assert done.returncode == 3
    assert done.stderr.startswith(b"pipegauge: not sent (")
    assert done.stderr.count(b"\n") == 1


def test_an_answer_in_chunks_is_put_together() -> None:
    assert ci_step._whole(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n") == b"abcde"
    assert ci_step._whole(b"") == b""
