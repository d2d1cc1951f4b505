"""What the doctor says of what it found: one line each, with a remedy wherever something is wrong."""

from dataclasses import replace
from datetime import date

import pytest

from deploy.doctor import clickhouse, kafka, machine
from deploy.doctor.check import Check, as_json, fail, has_failed, lines, ok, warn
from deploy.doctor.clickhouse import ClickHouseSeen, Migration
from deploy.doctor.kafka import KafkaSeen, Remembered, Tick, TopicSeen
from deploy.doctor.machine import ProcessSeen, Space
from schemas import topics
from schemas.topics import TABLES, TOPICS, changelog

GIGABYTE = 10**9
TOPICS_AS_MADE = {topic.name: TopicSeen(2, topic.settings()) for topic in TOPICS}
EMPTY = {(changelog(table), number): 0 for table in TABLES for number in (0, 1)}
READ = {
    ("pipegauge", (topics.OBSERVATIONS, 0)): 40,
    ("pipegauge", (topics.OBSERVATIONS, 1)): 0,
    ("pipegauge", (topics.ROLLUPS, 0)): 9,
}
WRITTEN = EMPTY | {(changelog(table), 0): 100 for table in TABLES} | {(topics.OBSERVATIONS, 0): 40}
SOUND = KafkaSeen(1, "4.1", TOPICS_AS_MADE, begins=EMPTY, ends=WRITTEN, committed=READ)
NOTHING_APPLIED = ClickHouseSeen("26.9", 0.0, {})
SHIPPED = {1: Migration("0001_tables", "a"), 2: Migration("0002_services", "b")}


def said_of(check: Check) -> str:
    assert check.level != "ok"
    assert check.remedy, "a line that is not ok says what to do"
    return f"{check.level}: {check.said}; {check.remedy}"


def test_a_line_has_its_level_name_finding_and_remedy() -> None:
    checks = [ok("spool", "empty"), warn("teams", "others", "migrate"), fail("Kafka", "away", "start it")]
    assert lines(checks) == ["ok    spool  empty", "warn  teams  others; migrate", "FAIL  Kafka  away; start it"]
    assert '"level": "fail"' in as_json(checks)


def test_warnings_do_not_fail() -> None:
    assert not has_failed([ok("a", ""), warn("b", "", "do")])
    assert has_failed([ok("a", ""), fail("b", "", "do")])


def test_topics_as_they_are_made_are_ok() -> None:
    assert kafka.topics_check(SOUND, 2).level == "ok"


def test_a_missing_topic_is_named() -> None:
    seen = replace(SOUND, topics={name: one for name, one in TOPICS_AS_MADE.items() if name != topics.GATES})
    assert "gates missing; run `pipegauge topics`" in said_of(kafka.topics_check(seen, 2))


@pytest.mark.parametrize(("configured", "has"), [(8, 4), (4, 8)])
def test_another_number_of_partitions_is_refused_with_what_to_do(configured: int, has: int) -> None:
    seen = replace(SOUND, topics={name: TopicSeen(has, one.settings) for name, one in TOPICS_AS_MADE.items()})
    said = said_of(kafka.topics_check(seen, configured))
    assert f"fail: connections.kafka.partitions is {configured}, but deliveries has {has}" in said
    assert "set it to what all topics have" in said


@pytest.mark.parametrize(
    ("topic", "setting", "value"),
    [
        (topics.EVENTS, "retention.ms", "1000"),
        (topics.EVENTS, "message.timestamp.type", "CreateTime"),
        (changelog("facts"), "cleanup.policy", "delete"),
    ],
)
def test_a_setting_that_somebody_changed_is_named(topic: str, setting: str, value: str) -> None:
    changed = TopicSeen(2, {**TOPICS_AS_MADE[topic].settings, setting: value})
    seen = replace(SOUND, topics={**TOPICS_AS_MADE, topic: changed})
    assert f"{topic}'s {setting} is {value}; run `pipegauge topics`" in said_of(kafka.topics_check(seen, 2))


def test_changelogs_that_hold_what_was_read_are_ok() -> None:
    assert kafka.changelog_check(SOUND, "pipegauge", {0: Remembered(40, 20)}).level == "ok"


def test_a_system_that_has_read_nothing_has_nothing_to_remember() -> None:
    seen = replace(SOUND, ends=EMPTY, committed={})
    assert kafka.changelog_check(seen, "pipegauge", {}).level == "ok"


@pytest.mark.parametrize("table", ["facts", "windows", "members"])
def test_a_changelog_made_anew_is_named_with_rebuild(table: str) -> None:
    seen = replace(SOUND, ends=WRITTEN | {(changelog(table), 0): 0})
    said = said_of(kafka.changelog_check(seen, "pipegauge", None))
    assert f"the changelog of the worker's table {table} was emptied" in said
    assert "run `pipegauge rebuild`" in said


@pytest.mark.faults(28)
def test_a_changelog_whose_records_were_deleted_is_named_though_new_ones_have_come() -> None:
    place = (changelog("windows"), 0)
    seen = replace(SOUND, begins=EMPTY | {place: 100}, ends=WRITTEN | {place: 130})
    assert "table windows was emptied" in said_of(kafka.changelog_check(seen, "pipegauge", None))


@pytest.mark.parametrize(("table", "end"), [("windows", 39), ("facts", 19)])
def test_a_changelog_made_anew_is_named_though_some_events_have_come_since(table: str, end: int) -> None:
    seen = replace(SOUND, ends=WRITTEN | {(changelog(table), 0): end})
    assert f"table {table} was emptied" in said_of(kafka.changelog_check(seen, "pipegauge", {0: Remembered(40, 20)}))


def test_observations_that_the_worker_has_not_counted_yet_are_not_missed() -> None:
    waiting = WRITTEN | {(changelog("windows"), 0): 10, (topics.OBSERVATIONS, 0): 70}
    assert kafka.changelog_check(replace(SOUND, ends=waiting), "pipegauge", {0: Remembered(40, 2)}).level == "ok"


def test_lag_is_told_by_topic_and_warns_beyond_its_bound() -> None:
    ends = {(topics.EVENTS, 0): 30_000, (topics.EVENTS, 1): 20, (topics.METRICS, 0): 7}
    committed = {("pipegauge", (topics.EVENTS, 0)): 100, ("pipegauge", (topics.EVENTS, 1)): 20}
    seen = replace(SOUND, begins={}, ends=ends, committed=committed)
    check = kafka.lag_check(seen, "pipegauge", "worker", (topics.EVENTS,))
    assert said_of(check).startswith("warn: behind by 29,900 records on events")
    assert kafka.lag_check(replace(seen, ends={(topics.EVENTS, 0): 101}), "pipegauge", "worker", ("events",)) == ok(
        "lag of worker", "behind by 1 records on events"
    )


def test_records_deleted_before_they_were_read_fail() -> None:
    place = (topics.EVENTS, 0)
    seen = replace(SOUND, begins={place: 50}, ends={place: 60}, committed={("pipegauge", place): 20})
    check = kafka.lag_check(seen, "pipegauge", "worker", (topics.EVENTS,))
    assert said_of(check).startswith("fail: 30 records on events were deleted before it read them")


@pytest.mark.parametrize(
    ("sent", "arrived", "level"), [(1000, 1000.4, "ok"), (900, 900.4, "ok"), (1000, 1009, "warn"), (991, 1000, "warn")]
)
def test_the_broker_s_clock_is_compared_with_ours_and_the_worker_s(sent: float, arrived: float, level: str) -> None:
    assert kafka.clock_check(Tick(sent, arrived), now=1001).level == level


def test_migrations_behind_ahead_and_changed_fail_each_with_its_remedy() -> None:
    assert clickhouse.migrations_check(SHIPPED, {1: "a", 2: "b"}) == ok("migrations", "all 2 applied")
    behind = said_of(clickhouse.migrations_check(SHIPPED, {1: "a"}))
    assert behind == "fail: 0002_services not applied; run `pipegauge migrate`; the store waits until then"
    ahead = said_of(clickhouse.migrations_check(SHIPPED, {1: "a", 2: "b", 7: "z"}))
    assert ahead.startswith("fail: 0007 of a later version was applied; update pipegauge")
    assert "0001_tables was changed" in said_of(clickhouse.migrations_check(SHIPPED, {1: "other", 2: "b"}))


def test_a_user_who_may_not_write_is_named_with_the_table() -> None:
    seen = replace(NOTHING_APPLIED, refused={"events": "Cannot execute query in readonly mode"})
    said = said_of(clickhouse.write_check(seen, "reader"))
    assert said.startswith("fail: 'reader' cannot write to events (events: Cannot execute query in readonly mode)")


def test_teams_that_were_not_written_are_a_warning() -> None:
    expected = frozenset({("ledger", date(2026, 1, 1), "payments")})
    assert clickhouse.teams_check(expected, expected).level == "ok"
    assert "others for ledger; run `pipegauge migrate`" in said_of(clickhouse.teams_check(expected, frozenset()))


def test_services_in_no_line_of_the_catalog_and_waiting_dead_letters_are_warnings() -> None:
    unclaimed = said_of(clickhouse.unclaimed_check([("acme/shop", 1200)]))
    assert unclaimed.startswith("warn: of the last day, in no line of the catalog: acme/shop (1,200 events)")
    assert said_of(clickhouse.letters_check([("github", 3)])).startswith("warn: 3 of github;")


@pytest.mark.parametrize(
    ("free", "level"), [(50 * GIGABYTE, "ok"), (9 * GIGABYTE, "warn"), (GIGABYTE, "fail"), (GIGABYTE // 4, "fail")]
)
def test_a_disk_is_judged_by_its_share_and_its_bytes(free: int, level: str) -> None:
    assert machine.disk_check(Space("the data folder", free, 100 * GIGABYTE)).level == level
    assert machine.disk_check(Space("x", GIGABYTE // 4, GIGABYTE)).level == "fail", "500 MB are too few on any disk"


def test_secrets_are_counted_and_never_shown() -> None:
    assert machine.secrets_check(3, []) == ok("secrets", "3 can be read")
    assert machine.secrets_check(3, ["the variable A holds no secret; set it"]).level == "fail"


@pytest.mark.parametrize(
    ("status", "ready", "expected", "level"),
    [
        ({"version": "1", "lag": {}}, True, True, "ok"),
        ({"version": "1", "fault": "readonly"}, False, True, "fail"),
        ({"version": "0"}, True, True, "warn"),
        (None, False, True, "fail"),
        (None, False, False, "warn"),
    ],
    ids=["ready", "not ready", "of another version", "gone from its stack", "on another machine perhaps"],
)
def test_a_process_answers_is_ready_and_of_this_version(
    status: dict[str, object] | None, ready: bool, expected: bool, level: str
) -> None:
    check = machine.process_check(ProcessSeen("store", "127.0.0.1:1", status, ready), "1", expected)
    assert check.level == level


def test_who_has_records_waiting_and_takes_none_is_named() -> None:
    stuck = ProcessSeen("worker", "a", {"lag": {"events": 3}, "freshness": 400.0}, True)
    idle = ProcessSeen("worker", "a", {"lag": {"events": 0}, "freshness": 400.0}, True)
    assert machine.freshness_check([idle]).level == "ok"
    assert "worker (400 s)" in said_of(machine.freshness_check([stuck]))


def test_a_spool_that_holds_deliveries_and_a_rebuild_that_broke_off_are_told() -> None:
    assert machine.spool_check(None, 0, 100).level == machine.spool_check(0, 0, 100).level == "ok"
    assert said_of(machine.spool_check(12, 50, 100)).startswith("warn: 12 deliveries wait on disk (50% of")
    assert "begun at 10:00 and not ended" in said_of(machine.rebuild_check("10:00"))
