import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

import schemas
from schemas import topics
from schemas.alerts import Alert
from schemas.codec import encode
from schemas.deliveries import DEAD_LETTER_HEADER, DELIVERY_HEADER, DeadLetter
from schemas.metrics import MetricPoint, Scope
from schemas.model import version_of
from stream_processors.row_fields import NotARow
from stream_processors.rows import COLUMNS, NO_DELIVERY, STORED_TOPICS, dead_letter, rows_of
from tests.stream_processors.records import (
    DELIVERY,
    NOON,
    TRACE,
    Arrival,
    event_arrival,
    id_of,
    observation,
    observation_record,
    only_row,
    run,
)

NOON_MS = 1_793_620_800_000


def test_noon_is_noon() -> None:
    assert datetime.fromtimestamp(NOON_MS / 1000, UTC) == NOON


def test_an_event_has_a_column_for_what_boards_filter_on() -> None:
    record = event_arrival(run(5))
    assert only_row(record) == {
        "service": "shop",
        "type": "RunUpdated",
        "occurred_at": NOON_MS + 5_000,
        "id": UUID(id_of(5)),
        "received_at": NOON_MS + 86_400_000,
        "source": "https://github.example/acme/shop",
        "repository": "acme/shop",
        "actor_kind": "bot",
        "url": "https://github.example/run/7",
        "sha": "abc",
        "change": "12",
        "run": "7",
        "state": "finished",
        "outcome": "success",
        "name": "CI",
        "environment": "",
        "body": record.value,
        "delivery": DELIVERY,
        "kafka_partition": 3,
        "kafka_offset": 41,
        "version": version_of(record.timestamp, 41),
    }


def test_a_delivery_keeps_its_bytes_and_its_http_headers() -> None:
    headers = [
        ("pipegauge-source", b"github"),
        ("pipegauge-event", b"push"),
        ("pipegauge-outcome", b"accepted"),
        ("pipegauge-received-at", b"2026-11-02T12:00:00.250+00:00"),
        ("pipegauge-event-ids", f"{id_of(1)},{id_of(2)}".encode()),
        ("http-x-github-delivery", b"vendor-1"),
        ("http-user-agent", b"\xff"),
        TRACE,
    ]
    row = only_row(Arrival(topics.DELIVERIES, id_of(9).encode(), b'{"a": 1}', headers))
    assert row["id"] == UUID(id_of(9))
    assert row["body"] == b'{"a": 1}'
    assert row["received_at"] == NOON_MS + 250
    assert row["event_ids"] == [UUID(id_of(1)), UUID(id_of(2))]
    assert row["vendor_delivery"] == "vendor-1"
    assert row["headers"] == {"x-github-delivery": "vendor-1", "user-agent": "\ufffd"}


def test_a_retraction_is_a_row_without_a_value() -> None:
    assert only_row(Arrival(topics.OBSERVATIONS, *observation_record(observation(1, None))))["value"] is None


def test_an_observation_keeps_its_weight_and_evidence() -> None:
    row = only_row(Arrival(topics.OBSERVATIONS, *observation_record(observation(1, 7, weight=0, linked=False))))
    expected = {"value": 7, "weight": 0, "linked": False, "evidence": [UUID(id_of(1)), UUID(id_of(2))]}
    assert row.items() >= {**expected, "evidence_count": 2, "at": NOON_MS}.items()


def test_metrics_are_a_row_for_each_window_and_midnight_ends_the_day_before() -> None:
    midnight = datetime(2026, 11, 3, tzinfo=UTC)
    scope = Scope(kind="team", name="web")
    points = [
        MetricPoint.model_validate(
            {
                **{"scope": scope, "metric": "cycle_time", "part": "", "window": window, "window_end": end},
                **{"value": None, "sample_size": 0, "linked_share": None, "definition_version": 1},
            }
        )
        for window, end in (("1h", midnight), ("24h", midnight + timedelta(minutes=5)))
    ]
    value = b"[" + b",".join(map(encode, points)) + b"]"
    table, rows = rows_of(Arrival(topics.METRICS, b"web", value))
    found = [dict(zip(COLUMNS[table], row, strict=True)) for row in rows]
    assert [row["day"] for row in found] == [date(2026, 11, 2), date(2026, 11, 3)]
    assert [row["window"] for row in found] == ["1h", "24h"]
    assert found[0].items() >= {"scope_kind": "team", "scope": "web", "value": None, "p50": None}.items()


@pytest.mark.parametrize(("more", "replayed_at"), [({}, None), ({"replayed_at": NOON}, NOON_MS)])
def test_a_dead_letter_keeps_bytes_reason_and_when_it_was_replayed(more: Any, replayed_at: int | None) -> None:
    letter = DeadLetter.model_validate(
        {
            **{"id": id_of(3), "source": "github", "event_name": "push", "delivery": id_of(3), "stage": "normalise"},
            **{"reason": "no sha", "field": "after", "received_at": NOON, **more},
        }
    )
    row = only_row(Arrival(topics.DEAD_LETTERS, b"github", b"{}", [(DEAD_LETTER_HEADER, encode(letter))]))
    assert row.items() >= {"reason": "no sha", "field": "after", "body": b"{}", "received_at": NOON_MS}.items()
    assert row["replayed_at"] == replayed_at


def test_an_alert_is_a_row_of_all_that_a_board_shows() -> None:
    alert = Alert.model_validate(
        {
            **{"id": id_of(9), "rule": "pipeline-p95", "number": 7, "state": "firing", "severity": "warning"},
            **{"scope": {"kind": "service", "name": "shop"}, "metric": "pipeline_duration", "part": ""},
            **{"window": "24h", "statistic": "p95", "value": 660_000, "threshold": 600_000, "operator": ">"},
            **{"sample_size": 42, "since": NOON - timedelta(minutes=5), "at": NOON, "muted": True},
        }
    )
    record = Arrival(topics.ALERTS, b"pipeline-p95", encode(alert))
    row = only_row(record)
    assert row.items() >= {"rule": "pipeline-p95", "scope_kind": "service", "scope": "shop", "part": ""}.items()
    assert row.items() >= {"id": UUID(id_of(9)), "number": 7, "state": "firing", "statistic": "p95"}.items()
    assert row.items() >= {"value": 660_000, "threshold": 600_000, "sample_size": 42, "at": NOON_MS}.items()
    assert row.items() >= {"muted": True, "absent": False, "withdrawn": False, "route": "", "summary": ""}.items()
    assert row["title"] == "Firing: shop, Pipeline duration p95 is 11m, above 10m"
    assert row["version"] == version_of(record.timestamp, record.offset)


def test_an_alert_without_a_threshold_is_told_with_its_field() -> None:
    values = {"rule": "a", "scope": {"kind": "org", "name": "org"}, "id": id_of(1), "number": 1}
    with pytest.raises(NotARow, match="threshold"):
        rows_of(Arrival(topics.ALERTS, b"a", orjson.dumps(values)))


def changed(**changes: Any) -> bytes:
    return orjson.dumps(orjson.loads(event_arrival(run(1)).value or b"") | changes)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b"null", ""),
        (None, ""),
        (b"\xff", ""),
        (b"{}", "type"),
        (changed(id="no uuid"), "id"),
        (changed(id=7), "id"),
        (changed(occurred_at="yesterday"), "occurred_at"),
        (changed(occurred_at="2026-01-01T00:00:00"), "occurred_at"),
        (changed(occurred_at="1969-12-31T23:59:59Z"), "occurred_at"),
        (changed(received_at="2070-01-01T00:00:00Z"), "received_at"),
        (changed(occurred_at=5), "occurred_at"),
        (changed(type=5), "type"),
        (changed(state={"a": 1}), "state"),
        (changed(links=[1]), ""),
        (changed(origin="acme"), ""),
    ],
)
def test_a_record_that_is_no_event_is_told_with_its_field(value: bytes | None, field: str) -> None:
    with pytest.raises(NotARow) as raised:
        rows_of(replace(event_arrival(run(1)), value=value))
    assert raised.value.field == field


@pytest.mark.parametrize(
    "change", [{"value": 1 << 63}, {"value": 1.5}, {"weight": -1}, {"weight": 1 << 32}, {"value": True}]
)
def test_a_number_that_its_column_cannot_hold_is_refused(change: dict[str, Any]) -> None:
    value = orjson.loads(observation_record(observation(1, 5))[1])
    value |= change
    with pytest.raises(NotARow):
        rows_of(Arrival(topics.OBSERVATIONS, b"shop", orjson.dumps(value)))


@pytest.mark.parametrize("topic", STORED_TOPICS)
@pytest.mark.parametrize("delivery", [b"no uuid", b"\xff", id_of(1).encode()])
def test_the_dead_letter_of_any_record_is_itself_a_row(topic: str, delivery: bytes) -> None:
    bad = Arrival(topic, b"\xff", b"\xff", [(DELIVERY_HEADER, delivery), (DEAD_LETTER_HEADER, b"[]"), TRACE])
    with pytest.raises(NotARow) as raised:
        rows_of(bad)
    key, value, headers = dead_letter(bad, raised.value)
    row = only_row(Arrival(topics.DEAD_LETTERS, key, value, headers))
    assert row.items() >= {"source": f"topic:{topic}", "stage": "store", "body": b"\xff"}.items()
    assert row["delivery"] in (NO_DELIVERY, UUID(id_of(1)))
    assert TRACE in headers


def test_the_columns_are_those_of_the_tables_in_their_order() -> None:
    scripts = (Path(schemas.__file__).parent / "clickhouse").glob("*.sql")
    script = "\n".join(path.read_text() for path in sorted(scripts))
    for table, columns in COLUMNS.items():
        body = re.search(rf"CREATE TABLE IF NOT EXISTS {table}\n\((.*?)\n\)", script, re.DOTALL)
        assert body
        defined = [line.split()[0] for line in body[1].splitlines() if line.strip() and " DEFAULT " not in line]
        assert defined == list(columns)
