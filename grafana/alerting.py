"""The rules of `alerts:` as Grafana's own alert rules: A asks ClickHouse, B takes each series' number, C compares.

A reads the points of the table `metrics`, the numbers that the windows have now and that pipegauge's own alerts
compare too. Durations are in seconds here, because Grafana's templates can write seconds as people read them.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import yaml

from grafana.board.macros import quoted
from grafana.boards.parts import DATASOURCE_TYPE, DATASOURCE_UID, FOLDER_TITLE, FOLDER_UID
from schemas.alert_rules import AlertRule, AlertScope, Operator
from schemas.metrics import SLOT_MS, WINDOWS
from stream_processors.metrics import METRICS

GROUP = "pipegauge"
UID_PREFIX = "pipegauge-"
"""What Grafana knows our rules by, in our folder: a rule under it that no configuration has any more is removed."""

Panels = Mapping[str, tuple[str, int]]
"""Board and panel that show a metric over time, by its name."""

_LONGEST_UID = 40
_EVALUATORS: dict[Operator, str] = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_CLEARED: dict[Operator, str] = {">": "lte", ">=": "lt", "<": "gte", "<=": "gt"}
_WORDS: dict[Operator, str] = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}


def rule_uid(name: str) -> str:
    """The uid of the rule of that name, always the same; a name too long for one is cut and told apart by its hash."""
    uid = UID_PREFIX + name
    return uid if len(uid) <= _LONGEST_UID else f"{uid[: _LONGEST_UID - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def value_sql(rule: AlertRule) -> str:
    """The SQL of the rule's number: a row for each scope and part, whose names become the labels of the alert.

    What has too small a sample has no row. A sample size itself is always known: 0 is one. So is the share of linked
    subjects where there are any.
    """
    if rule.value == "sample_size":
        return absence_sql(rule)
    unit = _unit(rule)
    number = "number / 1000" if unit == "seconds" else "toFloat64(number)"
    said = "lasts AND isNotNull(number)" if rule.value == "linked_share" else f"measured >= {rule.min_sample}"
    return _newest(rule, rule.value, f"{number} AS {unit}", f"\nWHERE {said}")


def absence_sql(rule: AlertRule) -> str:
    """The SQL of how many subjects are in the window: 0 where nothing is."""
    return _newest(rule, "sample_size", "toFloat64(measured) AS subjects", "")


def api_rules(rule: AlertRule, panels: Panels) -> list[dict[str, Any]]:
    """The rule as /api/v1/provisioning/alert-rules takes it; one with `absent_for` is two in Grafana.

    Nothing measured at all is fine for the first, whose number it is not, and what the second waits for.
    """
    condition = {"evaluator": {"type": _EVALUATORS[rule.operator], "params": [_scaled(rule, rule.threshold)]}}
    if rule.clear_at is not None:
        unload = {"type": _CLEARED[rule.operator], "params": [_scaled(rule, rule.clear_at)]}
        condition["unloadEvaluator"] = unload
    annotations = {"summary": _summary(rule), "description": _description(rule), **_links(rule, panels)}
    rules = [_api_rule(rule, rule.name, _queries(rule, value_sql(rule), condition), annotations, rule.for_, "OK")]
    if rule.absent_for is not None:
        condition = {"evaluator": {"type": "lt", "params": [1]}}
        number = f"{_title(rule)} of {_whom(rule)} over {rule.window}"
        absent = f"Nothing was measured for {_duration(rule.absent_for)}: {number}."
        annotations = {"summary": absent, "description": absent, **_links(rule, panels)}
        queries = _queries(rule, absence_sql(rule), condition)
        # A capital letter, which no name has: no other rule can have this uid.
        rules.append(_api_rule(rule, f"{rule.name}-Absent", queries, annotations, rule.absent_for, "Alerting"))
    return rules


def provisioning_file(rules: Sequence[AlertRule], panels: Panels) -> str:
    """The rules as a file of grafana/provisioning/alerting.

    Grafana replaces `$NAME` by environment variables in titles and labels, so `$` is doubled there; it leaves queries
    and annotations as they are.
    """
    told = [_file_rule(one) for rule in rules for one in api_rules(rule, panels)]
    groups = [{"orgId": 1, "name": GROUP, "folder": FOLDER_TITLE, "interval": "1m", "rules": told}] if told else []
    values = {"apiVersion": 1, "groups": groups}
    heading = "# Made by `pipegauge grafana render` from the section `alerts:` of a configuration.\n"
    return heading + yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def panels_of(boards: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, int]]:
    """The first panel of each metric that shows it over time, of dashboards as JSON."""
    found: dict[str, tuple[str, int]] = {}
    for board in boards:
        for panel in board["panels"]:
            for name in METRICS if panel["type"] == "timeseries" else ():
                if f"metric = '{name}'" in panel["targets"][0]["rawSql"]:
                    found.setdefault(name, (board["uid"], panel["id"]))
    return found


def _file_rule(rule: dict[str, Any]) -> dict[str, Any]:
    moved = {name: value for name, value in rule.items() if name not in ("orgID", "folderUID", "ruleGroup")}
    annotations = rule["annotations"]
    if "__dashboardUid__" in annotations:
        moved["dashboardUid"] = annotations["__dashboardUid__"]
        moved["panelId"] = int(annotations["__panelId__"])
    escaped = {name: value.replace("$", "$$") for name, value in rule["labels"].items()}
    return {**moved, "title": rule["title"].replace("$", "$$"), "labels": escaped}


def _newest(rule: AlertRule, column: str, number: str, where: str) -> str:
    """The newest points. One older than its window says nothing: whatever was in the window has left it by now."""
    kind, condition = _scope(rule.scope)
    part = "part != ''" if rule.part == "*" else f"part = {quoted(rule.part)}"
    columns = [f"scope AS {kind}", *(["part"] if rule.part else []), number]
    return f"""SELECT {", ".join(columns)}
FROM
(
    SELECT
        scope,
        part,
        argMax(tuple({column}), (window_end, version)).1 AS number,
        max(window_end) >= now() - INTERVAL {_window_s(rule)} SECOND AS lasts,
        if(lasts, argMax(sample_size, (window_end, version)), 0) AS measured
    FROM metrics FINAL
    WHERE metric = {quoted(rule.metric)} AND window = '{rule.window}' AND {part}
      AND {condition}
    GROUP BY scope, part
){where}
ORDER BY scope, part"""


def _api_rule(
    rule: AlertRule, name: str, queries: Sequence[Any], annotations: Mapping[str, str], for_s: int, no_data: str
) -> dict[str, Any]:
    labels = {"managed_by": "pipegauge", "severity": rule.severity, "metric": rule.metric}
    return {
        "uid": rule_uid(name),
        "orgID": 1,
        "folderUID": FOLDER_UID,
        "ruleGroup": GROUP,
        "title": name,
        "condition": "C",
        "data": list(queries),
        "noDataState": no_data,
        "execErrState": "Error",
        "for": f"{for_s}s",
        "labels": labels | ({"route": rule.route} if rule.route else {}),
        "annotations": dict(annotations),
        "isPaused": False,
    }


def _queries(rule: AlertRule, sql: str, condition: Mapping[str, Any]) -> list[dict[str, Any]]:
    source = {"type": DATASOURCE_TYPE, "uid": DATASOURCE_UID}
    expression = {"type": "__expr__", "uid": "__expr__"}
    window = {"from": _window_s(rule), "to": 0}
    asks = {"editorType": "sql", "format": 1, "queryType": "table", "rawSql": sql}
    reduces = {"type": "reduce", "expression": "A", "reducer": "last"}
    compares = {"type": "threshold", "expression": "B", "conditions": [dict(condition)]}
    return [
        _query("A", source, window, asks),
        _query("B", expression, {"from": 0, "to": 0}, reduces),
        _query("C", expression, {"from": 0, "to": 0}, compares),
    ]


def _query(ref: str, source: dict[str, str], range_: dict[str, int], model: dict[str, Any]) -> dict[str, Any]:
    # intervalMs and maxDataPoints are what Grafana itself fills in where they are missing.
    full = {"refId": ref, "datasource": source, "intervalMs": 1_000, "maxDataPoints": 43_200, **model}
    return {
        "refId": ref,
        "queryType": model.get("queryType", ""),
        "datasourceUid": source["uid"],
        "relativeTimeRange": range_,
        "model": full,
    }


def _summary(rule: AlertRule) -> str:
    return rule.summary or f"{_title(rule)} of {_whom(rule)} is {_limit(rule)}"


def _description(rule: AlertRule) -> str:
    form = {"seconds": "humanizeDuration", "share": "humanizePercentage"}.get(_unit(rule), "humanize")
    number = f"{{{{ $values.B.Value | {form} }}}}"
    return f"{_title(rule)} of {_whom(rule)} over {rule.window} is {number}: {_limit(rule)}."


def _links(rule: AlertRule, panels: Panels) -> dict[str, str]:
    """What to do, and what draws the alert's states into the panel of its metric."""
    metric = METRICS.get(rule.metric)
    links = {"runbook": " ".join(metric.runbook.split())} if metric else {}
    if rule.metric in panels:
        board, panel = panels[rule.metric]
        links |= {"__dashboardUid__": board, "__panelId__": str(panel)}
    return links


def _title(rule: AlertRule) -> str:
    metric = METRICS.get(rule.metric)
    return (metric.title if metric else rule.metric) + ("" if rule.value == "value" else f" ({rule.value})")


def _whom(rule: AlertRule) -> str:
    kind, _ = _scope(rule.scope)
    scope = "everybody" if kind == "org" else f"{{{{ $labels.{kind} }}}}"
    return f"{scope}, {{{{ $labels.part }}}}" if rule.part else scope


def _limit(rule: AlertRule) -> str:
    unit, number = _unit(rule), _scaled(rule, rule.threshold)
    return f"{_WORDS[rule.operator]} " + (
        _duration(number) if unit == "seconds" else f"{number * 100:.4g} %" if unit == "share" else f"{number:.6g}"
    )


def _scope(scope: AlertScope) -> tuple[str, str]:
    """The label that names the scope, and the condition on the rows of `metrics`."""
    if scope.each == "service":
        of_team = f" AND scope IN (SELECT service FROM service_teams WHERE team = {quoted(scope.team or '')})"
        return "service", "scope_kind = 'service'" + (of_team if scope.team is not None else "")
    if scope.each == "team":
        return "team", "scope_kind = 'team'"
    if scope.service is not None:
        return "service", f"scope_kind = 'service' AND scope = {quoted(scope.service)}"
    if scope.team is not None:
        return "team", f"scope_kind = 'team' AND scope = {quoted(scope.team)}"
    return "org", "scope_kind = 'org'"


def _window_s(rule: AlertRule) -> int:
    return WINDOWS[rule.window] * SLOT_MS // 1_000


def _unit(rule: AlertRule) -> str:
    """What the number counts, the name of its column."""
    if rule.value == "sample_size":
        return "subjects"
    if rule.value == "linked_share":
        return "share"
    if rule.value != "value":
        return "seconds"
    metric = METRICS.get(rule.metric)
    return {"ms": "seconds", "ratio": "share"}.get(metric.unit if metric else "", "number")


def _scaled(rule: AlertRule, number: float) -> float:
    return number / 1_000 if _unit(rule) == "seconds" else number


def _duration(seconds: float) -> str:
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:.0f} {name}"
    return f"{seconds:g} s"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, so that SQL can be read in the file."""


def _block(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _block)
