"""What a step tells of itself, of its reports and of what it deployed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import decode_event
from schemas.events import DeploymentUpdated, FindingsReported, TaskUpdated, TestsReported
from tests.producers.ci_step.gateway import SECRET, STEP, Gateway, environment, step

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


def events(gateway: Gateway) -> list[Any]:
    return [decode_event(record.value) for record in gateway.taken().records if record.topic == "events"]


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


def test_a_step_that_deploys_is_a_deployment_and_one_that_never_began_is_none(tmp_path: Path, gateway: Gateway) -> None:
    step(tmp_path, gateway.url, "--", "sh", "-c", "exit 1", PIPEGAUGE_ENVIRONMENT="production", PIPEGAUGE_SHA="a" * 40)
    task, deployment = events(gateway)
    assert isinstance(deployment, DeploymentUpdated)
    assert (deployment.environment, deployment.tier, deployment.state) == ("production", "production", "failed")
    assert (deployment.sha, deployment.created_at) == ("a" * 40, task.started_at)
    step(tmp_path, gateway.url, "--", "no-such-command", PIPEGAUGE_ENVIRONMENT="production")
    assert len(events(gateway)) == 1


def test_a_step_of_nobody_is_not_told_and_the_line_says_what_to_set(tmp_path: Path, gateway: Gateway) -> None:
    done = step(tmp_path, gateway.url, "--", "sh", "-c", "exit 3", PIPEGAUGE_REPOSITORY="")
    assert done.returncode == 3
    assert done.stderr.endswith(b"set PIPEGAUGE_REPOSITORY or PIPEGAUGE_SERVICE\n")
    assert gateway.came == []


def test_bytes_that_are_no_text_do_not_break_the_delivery(tmp_path: Path, gateway: Gateway) -> None:
    put(tmp_path, {"a\udcff.xml": JUNIT})
    more = {"PIPEGAUGE_TITLE": os.fsdecode(b"SHOP-12 \xff"), "PIPEGAUGE_BRANCH": "SHOP-13-\u00e9"}
    assert step(tmp_path, gateway.url, "--tests", "*.xml", "--", "true", **more).stderr == b""
    assert gateway.taken().outcome == "accepted"
    assert gateway.steps[0]["title"] == "SHOP-12 ?"
    assert gateway.steps[0]["branch"] == "SHOP-13-\u00e9"
