"""Logs: one line an event in one form, and what never gets into them."""

import base64
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from pydantic import ValidationError

from deploy.configuration import resolve
from deploy.logs import configure_logs
from deploy.redaction import keep_secret, redacted
from schemas.deliveries import Answer

SECRET = "hush/hush of the tests+"


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hook = root.handlers[:], root.level, threading.excepthook
    configure_logs()
    yield
    root.handlers, root.level = handlers, level
    threading.excepthook = hook
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    def of() -> list[dict[str, Any]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return of


def test_our_lines_and_those_of_libraries_have_one_form(lines: Any) -> None:
    configure_logs()
    structlog.get_logger().warning("ours", count=1)
    logging.getLogger("faust.agents").warning("theirs %s", "too")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)  # pytest has put its own in between
        logging.captureWarnings(True)
        warnings.warn("of python", stacklevel=1)
    ours, theirs, warned = lines()
    assert ours["event"] == "ours"
    assert ours["count"] == 1
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("theirs too", "warning", "faust.agents")
    assert "of python" in warned["event"]
    assert ours["timestamp"][:4] == theirs["timestamp"][:4]


def test_a_traceback_is_a_part_of_its_line_and_shows_no_locals(lines: Any) -> None:
    configure_logs()
    body = "words of a body"
    try:
        json.loads("")
    except ValueError as error:  # to have one with a traceback
        structlog.get_logger().error("failed", exc_info=error)
        logging.getLogger("asyncio").error("failed", exc_info=error)
    found = lines()
    assert len(found) == 2
    assert all("JSONDecodeError" in line["exception"] for line in found)
    assert body not in str(found)


def test_an_error_that_ends_a_thread_is_one_line(lines: Any) -> None:
    configure_logs()
    thread = threading.Thread(target=lambda: resolve("env:NOT_SET_ANYWHERE"), name="some-thread")
    thread.start()
    thread.join()
    [line] = lines()
    assert (line["thread"], line["level"]) == ("some-thread", "error")


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        f"password={SECRET}&user=me",
        repr({"authorization": f"Bearer {SECRET}"}),
        base64.b64encode(SECRET.encode()).decode(),
        "https://collector/?key=hush%2Fhush%20of%20the%20tests%2B",
    ],
)
def test_a_secret_that_was_resolved_is_masked_in_every_form(lines: Any, said: str) -> None:
    configure_logs()
    resolve(SECRET)
    log = structlog.get_logger()
    log.error("failed", error=said, nested={"list": [said, said.encode()]}, object=ValueError(said))
    log.error(said)
    logging.getLogger("apprise").warning("cannot reach %s", said)
    try:
        raise ValueError(said)
    except ValueError as error:  # to have one with a traceback
        log.error("failed", exc_info=error)
    found = lines()
    assert len(found) == 4
    assert said not in json.dumps(found, ensure_ascii=False)
    assert "hush" not in str(found)


def test_a_secret_of_a_file_or_the_environment_is_masked_by_its_value(
    lines: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logs()
    (tmp_path / "secret").write_text("from-a-file\n")
    monkeypatch.setenv("OF_THE_TESTS", "Bearer from-the-environment")
    resolve(f"file:{tmp_path / 'secret'}")
    resolve("env:OF_THE_TESTS")
    structlog.get_logger().info("both from-a-file", other="token from-the-environment")
    assert "from-" not in str(lines())


def test_passwords_and_tokens_within_addresses_are_masked() -> None:
    assert redacted("kafka://me:sesame@broker:9092/x") == "kafka://me:***@broker:9092/x"
    assert redacted("POST /hooks/gitlab/t0ken-of-a-url HTTP/1.1") == "POST /hooks/gitlab/*** HTTP/1.1"
    assert redacted("POST http://127.0.0.1:8480/events/t0ken") == "POST http://127.0.0.1:8480/events/***"
    assert redacted("http://127.0.0.1:8480/hooks/github") == "http://127.0.0.1:8480/hooks/github"


def test_what_a_sender_sent_is_neither_quoted_nor_printed(lines: Any) -> None:
    configure_logs()
    log = structlog.get_logger()
    with pytest.raises(ValidationError) as refused:
        Answer.model_validate({"delivery": {"words": "of a body"}})
    log.error("dead letter", reason=repr(refused.value), body=b"words of a body", long="of a body " * 1_000)
    [line] = lines()
    assert "words" not in str(line)
    assert line["body"] == "<15 bytes>"
    assert line["long"].endswith("… (10,000 characters)")


def test_a_short_secret_does_not_blacken_the_log() -> None:
    keep_secret("e")
    assert redacted("everything") == "everything"


def test_a_line_within_a_span_carries_its_ids(lines: Any) -> None:
    configure_logs()
    known = SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(known)):
        structlog.get_logger().info("inside")
        logging.getLogger("faust").warning("inside")
    structlog.get_logger().info("outside")
    ours, theirs, outside = lines()
    assert ours["trace_id"] == theirs["trace_id"] == f"{0xABC:032x}"
    assert ours["span_id"] == f"{0xDEF:016x}"
    assert "trace_id" not in outside
