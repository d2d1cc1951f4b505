"""The words of a message: what, since when, the value, the threshold, the sample, and a link."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.alerts import Alert
from schemas.metrics import Scope
from stream_processors.alerting.wording import message

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BOARD = "http://board.example:8481"


def _alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        **{"id": "1", "rule": "pipeline-p95", "number": 1, "state": "firing", "severity": "warning"},
        **{"scope": Scope(kind="service", name="checkout"), "metric": "pipeline_duration", "part": ""},
        **{"window": "24h", "statistic": "p95", "value": 750_000.0, "threshold": 600_000.0, "operator": ">"},
        **{"sample_size": 42, "since": NOON - timedelta(minutes=10), "at": NOON, "summary": "Runs take too long."},
    }
    return Alert.model_validate(values | changes)


def test_a_firing_alert_says_what_since_when_value_threshold_sample_and_links_to_the_board() -> None:
    told = message(_alert(), BOARD)
    assert told.title == "Firing: checkout, Pipeline duration p95 is 12m 30s, above 10m"
    assert told.body.splitlines() == [
        "Runs take too long.",
        "Value 12m 30s, alerts above 10m; 42 measured over the last 24h.",
        "Since 2026-11-25 11:50 UTC, for 10m.",
        "Rule pipeline-p95, severity warning.",
        told.link,
    ]
    assert told.link == (
        "http://board.example:8481/d/delivery?var-service=checkout&from=1795521000000&to=1795608000000"
    )


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"state": "resolved", "value": 480_000}, "Resolved: checkout, Pipeline duration p95 is 8m (limit 10m)"),
        ({"part": "Build"}, "Firing: checkout, Pipeline duration p95 of Build is 12m 30s, above 10m"),
        ({"absent": True, "value": None}, "Firing: checkout, Pipeline duration was not measured"),
        ({"state": "resolved", "absent": True}, "Resolved: checkout, Pipeline duration is measured again"),
        ({"state": "resolved", "value": None}, "Resolved: checkout, Pipeline duration p95 was not measured"),
        (
            {"state": "resolved", "value": None, "withdrawn": True},
            "Resolved: checkout, Pipeline duration p95 is no longer watched",
        ),
        (
            {
                **{"metric": "gate_pass_rate", "statistic": "value", "value": 0.61, "threshold": 0.8, "operator": "<"},
                "scope": {"kind": "team", "name": "payments"},
            },
            "Firing: team payments, Gate pass rate is 61.0%, below 80.0%",
        ),
        (
            {
                **{"statistic": "sample_size", "value": 2, "threshold": 3, "operator": "<"},
                "scope": {"kind": "org", "name": "org"},
            },
            "Firing: the organisation, Pipeline duration sample size is 2, below 3",
        ),
    ],
)
def test_the_title_says_what_happened(changes: dict[str, Any], title: str) -> None:
    assert message(_alert(**changes), BOARD).title == title


def test_the_link_of_a_team_chooses_the_team_and_that_of_the_organisation_chooses_nothing() -> None:
    team = message(_alert(scope={"kind": "team", "name": "R&D"}), f"{BOARD}/")
    assert team.link.startswith(f"{BOARD}/d/delivery?var-team=R%26D&from=")
    org = message(_alert(scope={"kind": "org", "name": "org"}), BOARD)
    assert org.link.startswith(f"{BOARD}/d/delivery?from=")
