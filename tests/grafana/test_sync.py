"""`pipegauge grafana sync` against a Grafana that checks each request against the API's own description."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grafana.desired import data_source, desired
from grafana.plan import Item, Plan, readable
from grafana.rendering import committed_boards
from grafana.sync import SyncError, Target, sync
from schemas.alert_rules import AlertRule, AlertScope
from schemas.config import ClickHouseConnection, ClickHouseReader, Tls
from tests.grafana.fake_grafana import TOKEN, FakeGrafana, running
from tests.grafana.grafana_api import Description, Violation, read_description

FILE = "grafana-openapi-11.4.0.json"
REFERENCE = Path(os.environ.get("PIPEGAUGE_REFERENCE", Path(__file__).parents[3] / "shared" / "reference"))
CLICKHOUSE = ClickHouseConnection(host="ch.example.org")
READER = ClickHouseReader(password="env:READER", port=9440)
SLOW = AlertRule(name="slow", metric="pipeline_duration", value="p95", threshold="10m", **{"for": "10m"})  # type: ignore[arg-type]
QUIET = AlertRule(name="quiet", metric="cycle_time", threshold=0.5, absent_for=90, scope=AlertScope(org=True))

pytestmark = pytest.mark.skipif(
    not (REFERENCE / FILE).exists(), reason=f"no {FILE} in {REFERENCE}; set PIPEGAUGE_REFERENCE to its folder"
)


@pytest.fixture(scope="session")
def description() -> Description:
    return read_description(REFERENCE / FILE)


@pytest.fixture
def grafana(description: Description) -> Iterator[FakeGrafana]:
    with running(FakeGrafana(description)) as grafana:
        yield grafana
    assert grafana.violations == []


def wanted(*rules: AlertRule, reader: ClickHouseReader | None = READER) -> list[Item]:
    source = data_source(CLICKHOUSE, reader) if reader else None
    return desired(committed_boards(), rules, source)


def synced(grafana: FakeGrafana, items: list[Item], *, dry_run: bool = False, password: str = "hush") -> str:
    """What is told of a sync."""
    plans: list[Plan] = []
    sync(Target(grafana.url, TOKEN, None, {"password": password}), items, plans.append, dry_run=dry_run)
    return readable(plans[0])


def test_an_empty_grafana_gets_folder_data_source_boards_and_rules(grafana: FakeGrafana) -> None:
    told = synced(grafana, wanted(SLOW))
    assert told.splitlines()[:3] == ["+ folder pipegauge", "+ data source pipegauge-clickhouse", "+ dashboard delivery"]
    assert told.splitlines()[-1].endswith("to create")
    assert grafana.folders["pipegauge"]["title"] == "pipegauge"
    assert grafana.sources["pipegauge-clickhouse"]["jsonData"]["host"] == "ch.example.org"
    assert grafana.passwords == {"pipegauge-clickhouse": "hush"}
    assert grafana.dashboards["delivery"]["meta"]["folderUid"] == "pipegauge"
    assert grafana.rules["pipegauge-slow"]["provenance"] == "", "people may edit it in Grafana"


def test_a_second_run_changes_nothing(grafana: FakeGrafana) -> None:
    synced(grafana, wanted(SLOW, QUIET))
    grafana.requests.clear()
    assert synced(grafana, wanted(SLOW, QUIET)) == "nothing to change"
    assert grafana.writes == []


def test_a_dry_run_shows_a_diff_and_changes_nothing(grafana: FakeGrafana) -> None:
    synced(grafana, wanted(SLOW))
    grafana.requests.clear()
    grafana.dashboards["delivery"]["dashboard"]["title"] = "Mine"
    told = synced(grafana, wanted(SLOW.model_copy(update={"threshold": 300_000.0}), QUIET), dry_run=True)
    assert '~ dashboard delivery\n    dashboard.title: "Mine" → "Delivery"\n' in told
    assert "data[2].model.conditions[0].evaluator.params[0]: 600.0 → 300.0" in told
    assert "+ alert rule pipegauge-quiet-Absent" in told
    assert told.endswith("2 to create, 2 to update")
    assert grafana.writes == []


def test_changed_sql_is_shown_line_by_line(grafana: FakeGrafana) -> None:
    synced(grafana, wanted(SLOW))
    told = synced(grafana, wanted(SLOW.model_copy(update={"min_sample": 9})), dry_run=True)
    assert "-WHERE measured >= 1\n" in told
    assert "+WHERE measured >= 9\n" in told


def test_what_was_changed_in_grafana_is_put_right(grafana: FakeGrafana) -> None:
    synced(grafana, wanted(SLOW))
    grafana.folders["pipegauge"]["title"] = "Other"
    grafana.sources["pipegauge-clickhouse"]["jsonData"]["port"] = 1
    grafana.dashboards["delivery"]["meta"]["folderUid"] = ""
    grafana.rules["pipegauge-slow"]["for"] = "1m"
    assert synced(grafana, wanted(SLOW)).endswith("4 to update")
    assert synced(grafana, wanted(SLOW)) == "nothing to change"
    assert grafana.sources["pipegauge-clickhouse"]["jsonData"]["port"] == 9440


def test_a_rule_that_the_configuration_lost_is_removed_and_others_are_not(grafana: FakeGrafana) -> None:
    synced(grafana, wanted(SLOW, QUIET))
    grafana.rules["theirs"] = {**grafana.rules["pipegauge-slow"], "uid": "theirs"}
    grafana.rules["pipegauge-x"] = {**grafana.rules["pipegauge-slow"], "uid": "pipegauge-x", "folderUID": "other"}
    told = synced(grafana, wanted(QUIET))
    assert told == "- alert rule pipegauge-slow\n1 to remove"
    assert set(grafana.rules) == {"pipegauge-quiet", "pipegauge-quiet-Absent", "theirs", "pipegauge-x"}


def test_what_grafana_reads_from_files_is_left_alone_and_named(grafana: FakeGrafana) -> None:
    synced(grafana, wanted(SLOW))
    grafana.requests.clear()
    grafana.dashboards["delivery"]["meta"]["provisioned"] = True
    grafana.dashboards["delivery"]["dashboard"]["title"] = "From a file"
    grafana.sources["pipegauge-clickhouse"] |= {"readOnly": True, "name": "other"}
    grafana.rules["pipegauge-slow"]["provenance"] = "file"
    told = synced(grafana, wanted())
    assert told.count("is left alone: Grafana reads it from its provisioning folder") == 3
    assert told.endswith("nothing to change")
    assert grafana.writes == []


def test_without_a_reader_the_data_source_is_only_tried(grafana: FakeGrafana) -> None:
    with pytest.raises(SyncError, match=r"no data source pipegauge-clickhouse; .*grafana/provisioning/datasources"):
        synced(grafana, wanted(reader=None))
    assert "delivery" in grafana.dashboards
    assert ("GET", "/datasources/uid/pipegauge-clickhouse") not in grafana.requests


def test_a_new_password_is_sent_although_grafana_never_tells_the_old_one(grafana: FakeGrafana) -> None:
    grafana.right_password = "hush"
    synced(grafana, wanted())
    grafana.right_password = "rotated"
    assert synced(grafana, wanted(), password="rotated") == "nothing to change"
    assert grafana.passwords == {"pipegauge-clickhouse": "rotated"}


def test_a_password_that_clickhouse_refuses_is_told(grafana: FakeGrafana) -> None:
    grafana.right_password = "another"
    with pytest.raises(SyncError, match=r"cannot query ClickHouse \(code: 516.*\); correct host, port and password"):
        synced(grafana, wanted())


def test_a_missing_plugin_is_named_with_its_version(grafana: FakeGrafana) -> None:
    grafana.has_plugin = False
    with pytest.raises(SyncError, match=r"lacks the plugin grafana-clickhouse-datasource; install it \(4\.20\.0"):
        synced(grafana, wanted())


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("/folders", "give its service account the role Editor"),
        ("/dashboards", "or Edit on the folder"),
        ("/datasources", "it needs the role Admin"),
        ("/v1/provisioning", "the role Editor"),
    ],
)
def test_a_token_that_may_not_is_told_which_role_it_needs(grafana: FakeGrafana, path: str, remedy: str) -> None:
    grafana.forbidden = path
    with pytest.raises(SyncError, match=f"forbids this token's .*{remedy}"):
        synced(grafana, wanted(SLOW))


def test_a_wrong_token_is_one_line_with_its_remedy(grafana: FakeGrafana) -> None:
    with pytest.raises(SyncError, match="does not know the token; make one for a service account"):
        sync(Target(grafana.url, "stale"), wanted(), lambda _: None, dry_run=True)


def test_a_grafana_that_is_too_old_is_not_written_to(grafana: FakeGrafana) -> None:
    grafana.version = "11.5.2"
    with pytest.raises(SyncError, match=r"11\.5\.2 is too old"):
        synced(grafana, wanted())
    assert grafana.writes == []


def test_a_grafana_behind_a_path_is_reached_with_it(description: Description) -> None:
    with running(FakeGrafana(description, version="13.2.1"), "/grafana") as grafana:
        synced(grafana, wanted(SLOW))
        assert "delivery" in grafana.dashboards
        root = grafana.url.removesuffix("/grafana")
        with pytest.raises(SyncError, match="has no Grafana API; give Grafana's address with its path"):
            sync(Target(root, TOKEN), wanted(), lambda _: None, dry_run=True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:9", "cannot be reached"),
        ("grafana.example.org", "is no address of Grafana"),
    ],
)
def test_an_address_that_cannot_be_right_is_one_line(url: str, said: str) -> None:
    with pytest.raises(SyncError, match=said) as told:
        sync(Target(url, TOKEN), wanted(), lambda _: None, dry_run=True)
    assert "\n" not in str(told.value)


def test_a_cluster_with_tls_gives_grafana_its_authority(grafana: FakeGrafana) -> None:
    secure = CLICKHOUSE.model_copy(update={"tls": Tls(ca=Path("ca.pem"))})
    target = Target(grafana.url, TOKEN, None, {"password": "hush", "tlsCACert": "PEM"})
    sync(target, desired([], [], data_source(secure, READER)), lambda _: None, dry_run=False)
    kept = grafana.sources["pipegauge-clickhouse"]
    assert (kept["jsonData"]["secure"], kept["jsonData"]["tlsSkipVerify"]) == (True, False)
    assert kept["secureJsonFields"] == {"password": True, "tlsCACert": True}


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/folders", {"title": "x", "uuid": "y"}, "'uuid' was unexpected"),
        ("POST", "/v1/provisioning/alert-rules", {"title": "x"}, "is a required property"),
        ("PUT", "/datasources/pipegauge", {"name": 1}, "is not of type"),
        ("GET", "/alerts", None, "has no GET /alerts"),
    ],
)
def test_the_fake_refuses_what_is_not_described(
    description: Description, method: str, path: str, body: object, said: str
) -> None:
    refuse: Callable[[], None] = lambda: description.check_request(method, path, body, set())  # noqa: E731
    with pytest.raises(Violation, match=said):
        refuse()
