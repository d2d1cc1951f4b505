"""Alerts of code scanning, Dependabot and secret scanning: findings, one at a time. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from producers.findings import counted
from producers.payload import Payload
from producers.sources.github.context import Context, actor_of
from schemas.events import Event, FindingsReported, Links

_State = Literal["open", "resolved", "dismissed"]
_STATES: Mapping[str, _State] = {
    "open": "open",
    "fixed": "resolved",
    "dismissed": "dismissed",
    "auto_dismissed": "dismissed",
}
# What an action comes to where an alert does not tell its state, as some do not.
_ACTIONS: Mapping[str, _State] = {
    "created": "open",
    "create": "open",
    "reopened": "open",
    "reopen": "open",
    "reopened_by_user": "open",
    "appeared_in_branch": "open",
    "fixed": "resolved",
    "resolve": "resolved",
    "resolved": "resolved",
    "revoked": "resolved",
    "closed_by_user": "dismissed",
    "dismiss": "dismissed",
}
_NOT_MENDED = frozenset({"false_positive", "wontfix", "wont_fix", "used_in_tests", "pattern_edited", "pattern_deleted"})
_ENDS: Mapping[_State, tuple[str, ...]] = {
    "open": (),
    "resolved": ("fixed_at", "resolved_at"),
    "dismissed": ("dismissed_at", "auto_dismissed_at", "resolved_at"),
}


def code_scanning_alert(context: Context) -> list[Event]:
    """An alert of a scanner of code. Only rules about security have a severity among the four."""
    alert, payload = context.payload.part("alert"), context.payload
    severity = alert.part("rule").optional_text("security_severity_level")
    links = Links(sha=payload.optional_text("commit_oid"), change=_change(payload.optional_text("ref") or ""))
    return [_finding(context, alert.part("tool").text("name"), "code", severity, links=links)]


def dependabot_alert(context: Context) -> list[Event]:
    """An alert about a dependency."""
    advisory = context.payload.part("alert").part("security_advisory")
    return [_finding(context, "Dependabot", "dependency", advisory.text("severity"))]


def vulnerability_alert(context: Context) -> list[Event]:
    """An alert about a dependency, as it was told before there was `dependabot_alert`: the same alerts."""
    severity = context.payload.part("alert").optional_text("severity")
    return [_finding(context, "Dependabot", "dependency", "medium" if severity == "moderate" else severity)]


def secret_scanning_alert(context: Context) -> list[Event]:
    """A secret in the repository. One that is no longer valid is mended, one that nobody minds is dismissed."""
    return [_finding(context, "GitHub secret scanning", "secret", None)]


def _finding(
    context: Context,
    tool: str,
    kind: Literal["code", "dependency", "secret"],
    severity: str | None,
    links: Links | None = None,
) -> FindingsReported:
    alert, action = context.payload.part("alert"), context.payload.text("action")
    report = alert.id("number") if "number" in alert.value else alert.id("id")
    state = _state(alert, action)
    ended_at = next((at for field in _ENDS[state] if (at := alert.optional_moment(field))), None)
    return FindingsReported(
        **_frame(context, alert, f"{tool}/{report}", f"{action}/{state}", ended_at),
        actor=actor_of(context.payload.optional_part("sender")),
        url=alert.optional_text("html_url"),
        links=links or Links(),
        report=report,
        tool=tool,
        subject="finding",
        kind=kind,
        state=state,
        **counted(severity, state == "open"),
        created_at=alert.optional_moment("created_at"),
        resolved_at=ended_at,
    )


def _frame(context: Context, alert: Payload, id_: str, stands: str, ended_at: datetime | None) -> dict[str, Any]:
    """An alert may appear on several branches at once. The oldest payloads of secrets tell no time."""
    mark = context.payload.optional_text("ref") or ""
    told = ("created_at",) if stands.startswith("create") else ("updated_at", "created_at")
    at = ended_at or next((at for field in told if (at := alert.optional_moment(field))), None)
    return context.frame("FindingsReported", id_, stands, at, mark=mark)


def _state(alert: Payload, action: str) -> _State:
    """How an alert stands: by its own word, else by what was done last; a secret by why it was resolved."""
    if alert.optional_text("resolution") in _NOT_MENDED:
        return "dismissed"
    word = alert.optional_text("state")
    if word is None and "resolved_at" in alert.value:  # alerts of secrets have no state
        return "resolved" if alert.optional_moment("resolved_at") else "open"
    state = _ACTIONS.get(action) if word is None else _STATES.get(word)
    if state is None:
        raise alert.unfit("state", "a state that we know")
    return state


def _change(reference: str) -> str | None:
    """The pull request that GitHub's reference `refs/pull/12/merge` is of."""
    _, _, number = reference.removesuffix("/merge").removesuffix("/head").partition("refs/pull/")
    return number if number.isascii() and number.isdigit() else None
