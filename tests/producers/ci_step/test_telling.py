"""What a step tells, and that it never fails or waits because nobody listens."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from producers import ci_step
from schemas.events import FindingsReported, TaskUpdated, TestsReported
from tests.producers.ci_step.gateway import SECRET, STEP, Gateway, environment, events, listening, step, words_of

JUNIT = '<testsuite name="cart"><testcase classname="A" name="adds"/><testcase classname="A" name="b"/></testsuite>'
FILES = {
    "build/unit/junit.xml": JUNIT,
    "build/out.tap": "1..1\nok 1\n",
    "cover/cobertura.xml": '<!DOCTYPE coverage SYSTEM "x"><coverage lines-covered="1" lines-valid="2"/>',
    "cover/clover.xml": '<coverage><project><metrics statements="2" coveredstatements="1"/></project></coverage>',
    "cover/jacoco.xml": '<report name="a"><counter type="LINE" missed="1" covered="1"/></report>',
    "cover/lcov.info": "TN:\nSF:a\nDA:1,1\nend_of_record\n",
    "cover/go.out": "mode: set\na.go:1.1,2.1 1 1\n",
    "cover/coverage.json": '{"totals": {"covered_lines": 1, "num_statements": 2}}',
    "scan.sarif": '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scan"}}, "results": []}]}',
    "manual/round.tap": "1..1\nok 1 - pays\n",
}


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_step_is_a_task_with_its_times_and_its_end(tmp_path: Path, gateway: Gateway) -> None:
    before = time.time()
    step(tmp_path, gateway.url, "--stage", "build", "--", "sh", "-c", "sleep 0.3; exit 4")
    (task,) = events(gateway)
    assert isinstance(task, TaskUpdated)
    assert (task.name, task.outcome, task.origin.repository) == ("build", "failure", "acme/shop")
    assert task.started_at is not None
    assert task.finished_at is not None
    assert 0.3 <= (task.finished_at - task.started_at).total_seconds() < 2
    assert abs(task.started_at.timestamp() - before) < 2


def test_every_format_of_reports_is_known_by_what_it_begins_with(tmp_path: Path, gateway: Gateway) -> None:
    put(tmp_path, FILES)
    reports = ("--tests", "build/**/*.xml", "--tests=build/*.tap", "--coverage", "cover/*", "--sarif", "*.sarif")
    done = step(tmp_path, gateway.url, *reports, "--manual-tests", "manual/round.tap", "--", "true")
    assert (done.returncode, done.stderr) == (0, b"")
    told = {report["path"]: report["format"] for report in gateway.steps[0]["reports"]}
    assert told == {
        "build/unit/junit.xml": "junit",
        "build/out.tap": "tap",
        "cover/cobertura.xml": "cobertura",
        "cover/clover.xml": "clover",
        "cover/jacoco.xml": "jacoco",
        "cover/lcov.info": "lcov",
        "cover/go.out": "go-cover",
        "cover/coverage.json": "coverage-py",
        "scan.sarif": "sarif",
        "manual/round.tap": "tap",
    }
    found = events(gateway)
    assert gateway.taken().outcome == "accepted"
    assert sum(isinstance(event, TestsReported) and not event.automated for event in found) == 1
    assert sum(isinstance(event, FindingsReported) for event in found) == 1
    assert [event.total for event in found if isinstance(event, TestsReported) and event.name == "cart"] == [2]


@pytest.mark.parametrize(
    ("option", "name", "text", "said"),
    [
        ("--tests", "cut.xml", JUNIT[:60], "cut.xml is left out: it is no whole XML"),
        ("--tests", "a.xml", "<html/>", "a.xml is left out: it is no report of tests that is known"),
        ("--tests", "a.xml", f'<!DOCTYPE a [<!ENTITY x "y">]>{JUNIT}', "a.xml is left out: it declares entities"),
        ("--tests", "a.xml", f"<!DOCTYPE a>{JUNIT}", "a.xml is left out: it has a document type"),
        ("--coverage", "a.json", "{", "a.json is left out: it is no whole JSON"),
        ("--coverage", "a.xml", JUNIT, "a.xml is left out: it is no report of coverage that is known"),
        ("--sarif", "a.txt", "text", "a.txt is left out: it is no report of sarif that is known"),
        ("--tests", "other.xml", JUNIT, "no report at a.xml"),
    ],
)
def test_a_report_that_nobody_could_read_is_named_and_the_step_is_told_all_the_same(
    tmp_path: Path, gateway: Gateway, option: str, name: str, text: str, said: str
) -> None:
    put(tmp_path, {name: text, "good.xml": JUNIT})
    pattern = "a.xml" if name == "other.xml" else name
    done = step(tmp_path, gateway.url, option, pattern, "--tests", "good.xml", "--", "true")
    assert done.returncode == 0
    assert done.stderr.decode().startswith(f"pipegauge: {said}")
    assert done.stderr.count(b"\n") == 1
    assert [report["path"] for report in gateway.steps[0]["reports"]] == ["good.xml"]
    assert gateway.taken().outcome == "accepted"


def test_manual_tests_need_no_command(tmp_path: Path, gateway: Gateway) -> None:
    put(tmp_path, FILES)
    assert step(tmp_path, gateway.url, "--manual-tests", "manual/round.tap").returncode == 0
    assert [event.automated for event in events(gateway) if isinstance(event, TestsReported)] == [False]


def test_paths_are_told_from_the_repository_s_root(tmp_path: Path, gateway: Gateway) -> None:
    put(tmp_path, {".git/HEAD": "", "cart/build/junit.xml": JUNIT})
    step(tmp_path / "cart", gateway.url, "--tests", "build/*.xml", "--", "true")
    assert gateway.steps[0]["reports"][0]["path"] == "cart/build/junit.xml"


@pytest.mark.parametrize(
    "words",
    [(), ("--",), ("--stage",), ("--stage", "--", "true"), ("--colour", "--", "true"), ("-x", "true")],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path: Path, gateway: Gateway, words: tuple[str, ...]) -> None:
    done = step(tmp_path, gateway.url, *words)
    assert done.returncode == 2
    assert done.stderr.startswith(b"pipegauge: ")
    assert done.stderr.count(b"\n") == 1
    assert gateway.came == []


@pytest.mark.parametrize("missing", ["PIPEGAUGE_URL", "PIPEGAUGE_SECRET"])
def test_without_address_or_secret_the_step_runs_and_one_line_tells(
    tmp_path: Path, gateway: Gateway, missing: str
) -> None:
    done = step(tmp_path, gateway.url, "--", "sh", "-c", "echo ran; exit 5", **{missing: ""})
    assert (done.returncode, done.stdout) == (5, b"ran\n")
    assert done.stderr == f"pipegauge: {missing} is not set: this step is not measured\n".encode()
    assert gateway.came == []


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


def test_no_word_of_the_command_and_no_secret_is_told(tmp_path: Path, gateway: Gateway) -> None:
    step(tmp_path, gateway.url, "--", "/bin/echo", "--password", "hunter2")
    (body,) = [body for _, body in gateway.came]
    assert json.loads(body)["command"] == "echo"
    assert b"hunter2" not in body
    assert SECRET.encode() not in body


def test_a_broken_variable_of_the_ci_does_not_stop_the_step(tmp_path: Path, gateway: Gateway) -> None:
    (tmp_path / "event.json").write_text("{")
    more = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "event.json"}
    assert step(tmp_path, gateway.url, "--", "true", **more).returncode == 0
    assert gateway.steps[0]["ci"] == "github"


def test_what_lies_beside_the_copied_file_is_not_imported(tmp_path: Path, gateway: Gateway) -> None:
    put(tmp_path, {"tool/ci_step.py": STEP.read_text(), "tool/json.py": "1 / 0", "tool/signal.py": "1 / 0"})
    argv = [sys.executable, "tool/ci_step.py", "--", "sh", "-c", "exit 3"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment(tmp_path, gateway.url), capture_output=True, timeout=20)
    assert (done.returncode, done.stderr) == (3, b"")
    assert len(gateway.came) == 1


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
