"""Issues: what went wrong, however often. Pure."""

from collections.abc import Mapping

from producers.sources.sentry.context import incident, sent_at
from producers.vendor import Told
from schemas.events import Event, IncidentState

_STATES: Mapping[str, IncidentState] = {
    "created": "detected",
    "unresolved": "detected",
    "resolved": "resolved",
    # Nobody looks at it any more, but nobody mended it: over, without a time at which it was resolved.
    "archived": "resolved",
    "ignored": "resolved",
}
_WHO_WORKS_ON_IT = "assigned"


def issue(told: Told) -> list[Event]:
    """An issue began, came back or was resolved. Sentry tells no time of the latter two but when it sends them."""
    word, found = told.payload.text("action"), told.payload.part("data").part("issue")
    if word == _WHO_WORKS_ON_IT:
        return []
    state = _STATES.get(word)
    if state is None:
        raise told.payload.unfit("action", "an action that we know")
    first_seen = found.moment("firstSeen")
    at = first_seen if word == "created" else sent_at(told)
    return [
        incident(
            told,
            found.id("id"),
            found.part("project").text("slug"),
            at,
            found.optional_text("title") or "",
            known_at=first_seen if word == "created" else found.moment("lastSeen"),
            url=found.optional_text("web_url") or found.optional_text("permalink"),
            state=state,
            created_at=first_seen,
            resolved_at=at if word == "resolved" else None,
        )
    ]
