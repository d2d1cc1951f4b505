"""SARIF 2.1.0, what tools of static analysis and most scanners write. Pure.

Each run of a tool becomes one FindingsReported; one whose `results` are absent did not look. A result is open unless it
is gone (`baselineState: absent`), suppressed, or no failure by its kind. Its severity is its `security-severity` or its
rule's, by the scale of CVSS as GitHub reads it, else its level: error is high, warning medium, note low.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from producers.json_strict import parse_body
from producers.reports.about import About
from producers.reports.findings import Severity, by_score, counts_of, moment_in, objects, part, text_of
from producers.reports.format import Read, ReportFormat
from producers.source import Refused
from schemas.events import Event

_LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "other"}
_FINDINGS = ("fail", "open", "review")
_SCORE = "security-severity"


class NotSarif(Refused):
    """JSON, but of another kind."""

    title = "Not SARIF"


@dataclass(frozen=True, slots=True)
class Scan:
    """A run of a tool: the severities of its open findings, and when it ended, None where that is not told."""

    tool: str
    open_: tuple[Severity, ...]
    ended_at: datetime | None


def read(body: bytes) -> Read:
    """The runs that looked for something. Messages, places and code are not kept. Raises NotJson or NotSarif."""
    document, _ = parse_body({}, body)
    runs = document.get("runs") if isinstance(document, dict) else None
    # JSON of many kinds has runs: SARIF's have a tool or results. A log without any is sound.
    if not isinstance(runs, list) or not all(
        isinstance(run, dict) and {"tool", "results"} & run.keys() for run in runs
    ):
        raise NotSarif("it has no `runs` with `tool` and `results`; send SARIF 2.1.0")
    kept = [_reduced(run) for run in runs if isinstance(run.get("results"), list)]
    stored = orjson.dumps({"version": "2.1.0", "runs": kept})
    return Read([_scan(run) for run in kept], stored)


def events(read: Read, about: About) -> list[Event]:
    """One FindingsReported a run; its number tells it from others of the same tool."""
    assert isinstance(read.value, list)
    return [
        about.findings(
            REPORT.urn,
            f"{read.digest}/{number}" if number else read.digest,
            scan.tool,
            scan.ended_at,
            kind="code",
            **counts_of(scan.open_),
        )
        for number, scan in enumerate(read.value)
    ]


def _reduced(run: dict[str, Any]) -> dict[str, Any]:
    """A run with what tells its findings; what its rules say of them is put to each."""
    rules = _Rules(run)
    ends = [text_of(invocation, "endTimeUtc") for invocation in objects(run.get("invocations"))]
    automation = {name: text_of(run.get("automationDetails"), name) for name in ("id", "guid")}
    return {
        "tool": {"driver": {"name": text_of(part(run.get("tool"), "driver"), "name") or "unnamed"}},
        "automationDetails": {name: text for name, text in automation.items() if text},
        "invocations": [{"endTimeUtc": end} for end in ends if end],
        "results": [_reduced_result(result, rules.of(result)) for result in objects(run["results"])],
    }


def _reduced_result(result: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    kind = text_of(result, "kind").lower() or "fail"
    by_default = text_of(part(rule, "defaultConfiguration"), "level").lower() or "warning"
    score = part(result, "properties").get(_SCORE, part(rule, "properties").get(_SCORE))
    kept: dict[str, Any] = {
        "ruleId": text_of(result, "ruleId") or text_of(rule, "id"),
        "kind": kind,
        "level": text_of(result, "level").lower() or (by_default if kind == "fail" else "none"),
    }
    if text_of(result, "baselineState"):
        kept["baselineState"] = text_of(result, "baselineState").lower()
    if objects(result.get("suppressions")):
        kept["suppressions"] = [
            {"status": text_of(one, "status").lower() or "accepted"} for one in objects(result["suppressions"])
        ]
    if by_score(score) is not None:
        kept["properties"] = {_SCORE: score}
    return kept


def _scan(run: dict[str, Any]) -> Scan:
    ends = [moment for one in run["invocations"] if (moment := moment_in(one["endTimeUtc"]))]
    open_ = tuple(_severity(result) for result in run["results"] if _is_open(result))
    return Scan(run["tool"]["driver"]["name"], open_, max(ends, default=None))


def _is_open(result: dict[str, Any]) -> bool:
    """A suppression that is under review, or was rejected, suppresses nothing."""
    suppressions = result.get("suppressions", [])
    suppressed = bool(suppressions) and all(one["status"] == "accepted" for one in suppressions)
    return result["kind"] in _FINDINGS and result.get("baselineState") != "absent" and not suppressed


def _severity(result: dict[str, Any]) -> Severity:
    return by_score(part(result, "properties").get(_SCORE)) or _LEVELS.get(result["level"], "other")


class _Rules:
    """The rules of a run, as a result refers to them: by index, or by id, in the driver or an extension."""

    def __init__(self, run: dict[str, Any]) -> None:
        tool = part(run, "tool")
        self._driver = objects(part(tool, "driver").get("rules"))
        self._extensions = [objects(extension.get("rules")) for extension in objects(tool.get("extensions"))]
        self._by_id = {
            text_of(rule, "id"): rule for rules in [*reversed(self._extensions), self._driver] for rule in rules
        }

    def of(self, result: dict[str, Any]) -> dict[str, Any]:
        """The rule of a result, an empty one where it names none."""
        reference = part(result, "rule")
        extension = _index(part(reference, "toolComponent"), "index")
        rules = self._extensions[extension] if 0 <= extension < len(self._extensions) else self._driver
        index = max(_index(result, "ruleIndex"), _index(reference, "index"))
        if 0 <= index < len(rules):
            return rules[index]
        name = text_of(result, "ruleId") or text_of(reference, "id")
        # A result may name a finer rule than the tool describes: CA1000/1 is of CA1000.
        return self._by_id.get(name) or self._by_id.get(name.rpartition("/")[0]) or {}


def _index(value: dict[str, Any], name: str) -> int:
    found = value.get(name, -1)
    return found if isinstance(found, int) else -1


REPORT = ReportFormat(
    name="sarif",
    title="SARIF",
    page="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
    content_type="application/json",
    read=read,
    events=events,
)
