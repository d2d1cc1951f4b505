"""Alerts of GitHub Advanced Security for Azure DevOps. Pure."""

from collections.abc import Mapping
from typing import Literal

from producers.references import tickets_in
from producers.sources.azure_devops.context import Context, branch_of, repository_at, time_in
from schemas.events import Event, FindingsReported, Links, Origin

_STATES: Mapping[str, Literal["open", "resolved", "dismissed"]] = {
    "active": "open",
    "fixed": "resolved",
    "dismissed": "dismissed",
    "autoDismissed": "dismissed",
}
_KINDS: Mapping[str, Literal["code", "dependency", "secret", "other"]] = {
    "code": "code",
    "dependency": "dependency",
    "secret": "secret",
    "unknown": "other",
}
_SEVERITIES = ("critical", "high", "medium", "low", "other")
_OTHER = frozenset({"note", "warning", "error", "undefined"})


def alert(context: Context) -> list[Event]:
    """An alert as it stands."""
    found = context.resource
    state, kind = _STATES.get(found.text("state")), _KINDS.get(found.text("alertType"))
    if state is None:
        raise found.unfit("state", "a state that we know")
    if kind is None:
        raise found.unfit("alertType", "a type that we know")
    severity = found.text("severity")
    severity = "other" if severity in _OTHER else severity
    if severity not in _SEVERITIES:
        raise found.unfit("severity", "a severity that we know")
    counts = {one: int(state == "open" and one == severity) for one in _SEVERITIES}
    url = found.text("repositoryUrl")
    id_, name, tool = found.id("alertId"), repository_at(url), next(found.parts("tools"), None)
    origin = Origin(repository=name) if name else Origin(project=url)
    return [
        FindingsReported(
            **context.frame("FindingsReported", origin, id_, found.text("state"), context.at, source=url),
            links=Links(tickets=tickets_in(branch_of(found.optional_text("gitRef")))),
            report=id_,
            tool=(tool.optional_text("name") if tool else None) or kind,
            subject="finding",
            kind=kind,
            state=state,
            critical=counts["critical"],
            high=counts["high"],
            medium=counts["medium"],
            low=counts["low"],
            other=counts["other"],
            created_at=time_in(found, "introducedDate", "firstSeenDate"),
            resolved_at=(time_in(found, "fixedDate") or context.at) if state == "resolved" else None,
        )
    ]
