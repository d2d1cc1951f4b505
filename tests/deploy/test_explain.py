"""Every number can be explained: the point, its formula, the observations of its window and their events."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from clickhouse_driver import Client

from deploy.explain import NothingToExplain, explain
from deploy.explained import as_json, formula, lines
from deploy.metrics_now import value_in_words
from deploy.migrate import migrate
from schemas.config import Config
from stream_processors.metrics import METRICS
from tests.embedded.clickhouse_process import Running
from tests.engines import config_of, itself

END = datetime(2026, 3, 8, 12, 5, tzinfo=UTC)
SPACE = UUID(int=7)
Write = Callable[[str, list[dict[str, Any]]], None]


@pytest.fixture(scope="module")
def config(clickhouse: Running) -> Config:
    config = config_of("", clickhouse, "explained")
    migrate(config, itself)
    return config


@pytest.fixture(scope="module")
def write(clickhouse: Running, config: Config) -> Iterator[Write]:
    client: Client = clickhouse.client(database=config.connections.clickhouse.database)

    def of(table: str, rows: list[dict[str, Any]]) -> None:
        full = [{"version": 1, "kafka_partition": 0, "kafka_offset": 0, **row} for row in rows]
        client.execute(f"INSERT INTO {table} ({', '.join(full[0])}) VALUES", full)

    yield of
    client.disconnect()


@pytest.fixture(scope="module", autouse=True)
def stored(write: Write) -> None:
    """Seven changes of shop in the window, one before it, one retracted, one that could not be joined."""
    shared = {"metric": "cycle_time", "service": "shop", "part": "", "weight": 1, "linked": True}

    def observation(number: int, at: datetime, value: int | None, **other: Any) -> dict[str, Any]:
        ids = {"id": uuid5(SPACE, f"o{number}"), "evidence": [uuid5(SPACE, f"e{number}")]}
        return {**shared, **ids, "subject": f"acme/shop#{number}", "at": at, "value": value, **other}

    inside = [observation(number, END - timedelta(hours=number), number * 60_000) for number in range(1, 8)]
    others = [
        observation(20, END - timedelta(days=7, seconds=1), 900_000_000),
        observation(21, END - timedelta(hours=1), None),
        observation(22, END - timedelta(hours=2), 0, weight=0, linked=False),
        observation(23, END, 900_000_000),
    ]
    write("observations", inside + others)
    event = {"service": "shop", "type": "ChangeUpdated", "occurred_at": END, "received_at": END}
    write("events", [{**event, "id": uuid5(SPACE, "e7"), "url": "https://example.org/shop/7"}])
    nothing = dict.fromkeys(("p75", "p90", "p95", "numerator", "denominator"))
    point = {"scope_kind": "service", "scope": "shop", "metric": "cycle_time", "part": "", "window": "7d"}
    numbers = {"value": 240_000.0, "p50": 240_000, "sample_size": 7, "linked_share": 0.875, "definition_version": 1}
    write("metrics", [{**point, **nothing, **numbers, "day": END.date(), "window_end": END}])


def test_a_number_is_made_of_the_observations_of_its_window_the_slowest_first(config: Config) -> None:
    explained = explain(config, itself, "shop", "cycle_time", "", "7d")
    assert (explained.measured, explained.unlinked) == (7, 1)
    assert [fact.subject for fact in explained.facts] == [f"acme/shop#{number}" for number in (7, 6, 5, 4, 3)]
    assert [(source.type, source.url) for source in explained.facts[0].evidence] == [
        ("ChangeUpdated", "https://example.org/shop/7")
    ]


def test_the_explanation_names_formula_window_and_events(config: Config) -> None:
    explained = explain(config, itself, "shop", "cycle_time", "", "7d")
    said = "\n".join(lines(explained, value_in_words(explained.metric, explained.point.value), ["7m", *"abcd"]))
    assert said.startswith("Cycle time of shop, 7d: 4m\n")
    assert "2026-03-01 12:05 to 2026-03-08 12:05 UTC" in said
    assert "from its first commit until it is in production" in said
    assert "7 observations" in said
    assert "ChangeUpdated" in said
    assert "https://example.org/shop/7" in said
    values = json.loads(as_json(explained))
    assert values["point"]["value"] == 240_000
    assert values["observations"][0]["value"] == 420_000


def test_what_is_not_known_is_named_with_what_is(config: Config) -> None:
    with pytest.raises(NothingToExplain, match="no gate_pass_rate is known of 'shop'; there are cycle_time"):
        explain(config, itself, "shop", "gate_pass_rate", "", "7d")
    with pytest.raises(NothingToExplain, match="no cycle_time of 'review' is known of 'cart'; `pipegauge metrics`"):
        explain(config, itself, "cart", "cycle_time", "review", "7d")


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_says_its_formula(metric: Any) -> None:
    assert len(formula(metric).split()) > 8
