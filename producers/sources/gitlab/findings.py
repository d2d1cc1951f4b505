"""Vulnerabilities. Pure."""

from collections.abc import Mapping
from typing import Literal

from producers.findings import counted
from producers.sources.gitlab.context import project_at
from producers.vendor import Told
from schemas.events import Event, FindingsReported

_State = Literal["open", "resolved", "dismissed"]
_Kind = Literal["code", "dependency", "secret", "container", "configuration", "other"]
_STATES: Mapping[str, _State] = {
    "detected": "open",
    "confirmed": "open",
    "resolved": "resolved",
    "dismissed": "dismissed",
}
_KINDS: Mapping[str, _Kind] = {
    "sast": "code",
    "dast": "code",
    "api_fuzzing": "code",
    "coverage_fuzzing": "code",
    "dependency_scanning": "dependency",
    "container_scanning": "container",
    "cluster_image_scanning": "container",
    "secret_detection": "secret",
}
_SEVERITIES = frozenset({"critical", "high", "medium", "low", "info", "unknown"})


def vulnerability(told: Told) -> list[Event]:
    """One vulnerability as it stands. Its number and its project are told by its address only."""
    found = told.payload.part("object_attributes")
    address, severity, looked = found.text("url"), found.text("severity"), found.text("report_type")
    project, report = project_at(address), address.rpartition("/")[2]
    state = _STATES.get(found.text("state"))
    if state is None:
        raise found.unfit("state", "a state that we know")
    if severity not in _SEVERITIES:
        raise found.unfit("severity", "a severity that we know")
    if not report or project.page == address:
        raise found.unfit("url", "the page of a vulnerability")
    at = found.moment("updated_at")
    ended = {"resolved": "resolved_at", "dismissed": "dismissed_at"}.get(state)
    return [
        FindingsReported(
            **project.frame(told, "FindingsReported", report, found.text("state"), at),
            url=address,
            report=report,
            tool=looked,
            subject="finding",
            kind=_KINDS.get(looked, "other"),
            state=state,
            **counted(severity, state == "open"),
            created_at=found.optional_moment("created_at"),
            resolved_at=found.optional_moment(ended) if ended else None,
        )
    ]
