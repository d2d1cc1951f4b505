"""What today's mapping makes of a stored delivery, against what was made of it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from producers.comparing import (
    Difference,
    StoredDelivery,
    StoredEvent,
    Unread,
    changed_fields,
    differences,
    read_again,
)
from producers.gateway import Reading, read
from producers.opening import open_sources
from producers.source import OpenSource
from schemas.codec import encode_event
from schemas.config_text import parse
from schemas.deliveries import Delivery
from tests.engines import itself

SAMPLE = (Path(__file__).parents[1] / "fixtures/mapping/acme-ci.yaml").read_text("utf-8")
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
BUILD = {"id": 7, "try": 1, "name": "build", "status": "passed", "commit": "abc", "began": 1772698200}
BODY = orjson.dumps({"type": "build.finished", "repo": "acme/shop", "build": BUILD | {"ended": 1772698300}})


def opened(text: str) -> OpenSource:
    return open_sources(parse(text, "p.yaml"), itself)["acme-ci"]


def stored(text: str = SAMPLE) -> tuple[StoredDelivery, dict[str, StoredEvent]]:
    """What is kept of a delivery that came under the configuration `text`."""
    reading = read(Delivery("acme-ci", {}, BODY, None, NOON), opened(text).source, b"salt")
    ids = tuple(event.id for event in reading.events)
    kept = StoredDelivery("d1", "acme-ci", reading.outcome, NOON, {}, reading.stored_body, ids)
    return kept, {event.id: StoredEvent("d1", orjson.loads(encode_event(event))) for event in reading.events}


def compared(before: str, now: str) -> list[Difference]:
    delivery, events = stored(before)
    return list(differences(delivery, again(delivery, now), events))


def again(delivery: StoredDelivery, text: str) -> Reading:
    reading = read_again(delivery, opened(text), b"another salt")
    assert isinstance(reading, Reading)
    return reading


def test_the_same_mapping_makes_no_difference() -> None:
    assert compared(SAMPLE, SAMPLE) == []


def test_a_changed_field_is_told_with_before_and_after() -> None:
    [change] = compared(SAMPLE, SAMPLE.replace("passed: success", "passed: neutral"))
    assert (change.kind, change.delivery, change.source, change.type) == ("changed", "d1", "acme-ci", "RunUpdated")
    assert change.fields == {"outcome": ("success", "neutral")}


def test_an_event_with_another_identity_is_one_removed_and_one_added() -> None:
    added, removed = compared(SAMPLE, SAMPLE.replace("run: build.id", "run: build.name"))
    assert (added.kind, removed.kind) == ("added", "removed")
    assert added.fields["run"] == (None, "build")
    assert added.id != removed.id


def test_what_is_dropped_today_is_removed_and_what_was_dropped_is_added() -> None:
    dropping = SAMPLE.split("        build.finished:\n")[0] + "        build.finished: []\n"
    assert [one.kind for one in compared(SAMPLE, dropping)] == ["removed"]
    assert [one.kind for one in compared(dropping, SAMPLE)] == ["added"]


def test_an_event_that_was_kept_from_another_delivery_is_not_compared() -> None:
    delivery, events = stored()
    elsewhere = {id_: replace(event, delivery="d2") for id_, event in events.items()}
    reading = again(delivery, SAMPLE.replace("passed: success", "passed: neutral"))
    assert list(differences(delivery, reading, elsewhere)) == []


def test_what_cannot_be_read_says_why() -> None:
    delivery, _ = stored()
    gone = read_again(delivery, None, b"salt")
    assert gone == Unread("d1", "acme-ci", "the source acme-ci is not configured any more")
    torn = read_again(replace(delivery, body=b"{"), opened(SAMPLE), b"salt")
    assert isinstance(torn, Unread)
    assert torn.reason.startswith("Not JSON: ")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"links": {"sha": "a"}}, {"links": {"sha": "b"}}, {"links.sha": ("a", "b")}),
        ({"links": {"sha": "a"}}, {}, {"links.sha": ("a", None)}),
        ({"tickets": ["a"]}, {"tickets": ["a", "b"]}, {"tickets": (["a"], ["a", "b"])}),
        ({"received_at": "1", "x": 1}, {"received_at": "2", "x": 1}, {}),
    ],
)
def test_fields_are_compared_by_their_dotted_names(before: Any, after: Any, found: Any) -> None:
    assert changed_fields(before, after) == found
