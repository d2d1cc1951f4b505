"""A made-up fortnight: three services of two teams, as rows of the tables that the boards read."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("9b2f3c1e-0000-4000-8000-000000000000")
TEAMS = {"checkout": "shopping", "search": "shopping", "ledger": "money"}
GATES = ("unit-tests", "lint", "security-scan")
PIPELINES = ("ci", "nightly")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000

Row = dict[str, Any]


@dataclass
class Rows:
    """Rows by table, each a mapping from column to value."""

    events: list[Row] = field(default_factory=list)
    observations: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)
    services: list[Row] = field(default_factory=list)
    dead_letters: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)

    def tables(self) -> Iterator[tuple[str, list[Row]]]:
        """Each table with its rows."""
        yield from vars(self).items()


def fortnight(now: datetime) -> Rows:
    """The rows of the 14 days before `now`; the same `now` always gives the same rows."""
    chance = random.Random(7)
    rows = Rows(services=[_service(name, team) for name, team in TEAMS.items()])
    for day in range(14, 0, -1):
        for index, service in enumerate(TEAMS):
            noon = now - timedelta(days=day) + timedelta(hours=3 + index)
            for number in range(1, 1 + chance.randint(1, 3)):
                _change(rows, chance, service, f"{15 - day}{number}", noon + timedelta(hours=number))
            for number in range(6):
                _run(rows, chance, service, f"{day}-{number}", noon + timedelta(hours=2 * number))
    _windows(rows, now)
    rows.dead_letters.append(_dead_letter(now - timedelta(hours=5)))
    rows.deliveries = [_delivery(chance, number, row) for number, row in enumerate(rows.events)]
    rows.alerts = [*_slow_alert(now), _alert("failing", "org", "org", "", 1, "firing", now - timedelta(hours=2), now)]
    return rows


def _id(*parts: object) -> UUID:
    return uuid5(NAMESPACE, "/".join(map(str, parts)))


def _stored(at: datetime) -> Row:
    return {"stored_at": at + timedelta(seconds=1), "kafka_partition": 0, "kafka_offset": 0, "version": 1}


def _service(name: str, team: str) -> Row:
    return {"service": name, "since": date(1970, 1, 2), "team": team, "version": 1}


def _change(rows: Rows, chance: random.Random, service: str, number: str, at: datetime) -> None:
    url = f"https://github.example/acme/{service}/pull/{number}"
    merged = at - timedelta(hours=1)
    title = f"Change {number} of {service}"
    body = {"type": "ChangeUpdated", "change": number, "action": "merged", "title": title}
    opened = _event(service, "ChangeUpdated", merged, f"merged/{number}", body, url=url, change=number, state="merged")
    body = {"type": "DeploymentUpdated", "environment": "production", "tier": "production", "state": "succeeded"}
    deployed = _event(
        service, "DeploymentUpdated", at, f"deploy/{number}", body, state="succeeded", environment="production"
    )
    rows.events += [opened, deployed]
    evidence = [opened["id"], deployed["id"]]
    if chance.random() < 0.1:
        rows.observations.append(_fact("cycle_time", "", service, number, at, 0, weight=0, linked=False))
        return
    stages = {stage: chance.randint(1, 40) * HOUR // 2 for stage in ("coding", "pickup", "review", "deploy")}
    for part, value in {"": sum(stages.values()), **stages}.items():
        rows.observations.append(_fact("cycle_time", part, service, number, at, value, evidence=evidence))


def _run(rows: Rows, chance: random.Random, service: str, number: str, at: datetime) -> None:
    pipeline = PIPELINES[chance.random() < 0.2]
    base = {"checkout": 240, "search": 420, "ledger": 380}[service] * (2 if pipeline == "nightly" else 1)
    value = int(base * chance.uniform(0.7, 1.6) * 1_000)
    rows.observations.append(_fact("pipeline_duration", pipeline, service, f"run/{number}", at, value))
    body = {"type": "RunUpdated", "run": number, "pipeline": pipeline}
    rows.events.append(_event(service, "RunUpdated", at, f"run/{number}", body, name=pipeline, state="finished"))
    for gate in GATES:
        passed = int(chance.random() < {"unit-tests": 0.86, "lint": 0.97, "security-scan": 0.92}[gate])
        subject = f"{gate}/{number}"
        rows.observations.append(_fact("gate_pass_rate", gate, service, subject, at, passed))
        rows.observations.append(_fact("first_pass_yield", gate, service, subject, at, passed))
        body = {"type": "GateEvaluated", "gate": gate}
        outcome = "passed" if passed else "failed"
        rows.events.append(_event(service, "GateEvaluated", at, subject, body, name=gate, outcome=outcome))


def _event(service: str, type_: str, at: datetime, key: str, body: Row, **columns: str) -> Row:
    defaults = dict.fromkeys(("url", "sha", "change", "run", "state", "outcome", "name", "environment"), "")
    return {
        "service": service,
        "type": type_,
        "occurred_at": at,
        "id": _id(service, type_, key),
        "received_at": at,
        "source": "https://github.example",
        "repository": f"acme/{service}",
        "actor_kind": "human",
        **defaults,
        "sha": f"{_id(service, key).hex}0a1b2c3d",
        **columns,
        "body": json.dumps(body),
        "delivery": _id("delivery", service, key),
        **_stored(at),
    }


def _fact(
    metric: str,
    part: str,
    service: str,
    subject: str,
    at: datetime,
    value: int,
    *,
    weight: int = 1,
    linked: bool = True,
    evidence: list[UUID] | None = None,
) -> Row:
    return {
        "metric": metric,
        "service": service,
        "part": part,
        "id": _id(metric, part, service, subject),
        "at": at,
        "subject": subject,
        "value": value,
        "weight": weight,
        "linked": linked,
        "evidence": evidence or [],
        "evidence_count": len(evidence or []),
        **_stored(at),
    }


def _windows(rows: Rows, now: datetime) -> None:
    scopes = [
        ("org", "org"),
        *(("team", team) for team in sorted(set(TEAMS.values()))),
        *(("service", s) for s in TEAMS),
    ]
    for place, (kind, scope) in enumerate(scopes):
        for metric, part in (("cycle_time", ""), ("gate_pass_rate", "lint"), ("pipeline_duration", "ci")):
            for step, window in enumerate(("1h", "24h", "7d", "28d", "90d")):
                rows.metrics.append(_point(kind, scope, metric, part, window, now, (place + 1) * (step + 1)))


def _point(kind: str, scope: str, metric: str, part: str, window: str, now: datetime, size: int) -> Row:
    empty = window == "1h" and metric == "cycle_time"
    rate = metric == "gate_pass_rate"
    value = None if empty else 0.9 if rate else float(size * HOUR)
    median = None if empty or rate else size * HOUR
    return {
        "scope_kind": kind,
        "scope": scope,
        "metric": metric,
        "part": part,
        "window": window,
        "day": now.date(),
        "window_end": now.replace(minute=0, second=0, microsecond=0),
        "value": value,
        "p50": median,
        "p75": median,
        "p90": median,
        "p95": median,
        "numerator": 9 if rate else None,
        "denominator": 10 if rate else None,
        "sample_size": 0 if empty else size,
        "linked_share": None if empty else 1.0,
        "definition_version": 1,
        **_stored(now),
    }


def _delivery(chance: random.Random, number: int, event: Row) -> Row:
    outcome = "dead-letter" if number % 50 == 7 else "ignored" if number % 5 == 3 else "accepted"
    at = event["received_at"]
    stored = {
        **_stored(at),
        "stored_at": at + timedelta(milliseconds=chance.randint(40, 900) + (number % 97 == 0) * 4_000),
    }
    return {
        "id": event["delivery"],
        "source": "github" if number % 3 else "git",
        "event_name": "push",
        "vendor_delivery": "",
        "outcome": outcome,
        "received_at": at,
        "headers": {},
        "body": "{}",
        "event_ids": [event["id"]],
        **stored,
    }


def _slow_alert(now: datetime) -> list[Row]:
    """Began two days ago, was reminded of, and was over 5 hours later."""
    begin = now - timedelta(days=2)
    return [
        _alert("slow", "service", "checkout", "ci", number, state, begin, begin + timedelta(hours=hours))
        for number, state, hours in ((1, "firing", 0), (2, "firing", 3), (3, "resolved", 5))
    ]


def _alert(rule: str, kind: str, scope: str, part: str, number: int, state: str, since: datetime, at: datetime) -> Row:
    return {
        "rule": rule,
        "scope_kind": kind,
        "scope": scope,
        "part": part,
        "id": _id(rule, scope, part, number),
        "number": number,
        "state": state,
        "metric": "pipeline_duration",
        "window": "24h",
        "statistic": "p95",
        "value": 700_000.0,
        "threshold": 600_000.0,
        "operator": ">",
        "sample_size": 12,
        "since": since,
        "at": at,
        "severity": "warning",
        "route": "",
        "absent": False,
        "withdrawn": False,
        "muted": False,
        "summary": "too slow",
        "title": f"{state.title()}: {scope}, Pipeline duration p95 is 11m 40s, above 10m",
        **_stored(at),
    }


def _dead_letter(at: datetime) -> Row:
    return {
        "source": "github",
        "id": _id("dead", at),
        "event_name": "workflow_run",
        "delivery": _id("dead", "delivery"),
        "stage": "normalise",
        "reason": "workflow_run.id is missing",
        "field": "workflow_run.id",
        "body": "{}",
        "received_at": at,
        "replayed_at": None,
        **{key: value for key, value in _stored(at).items() if key != "stored_at"},
    }
