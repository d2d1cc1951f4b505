"""Bitbucket Cloud's webhooks. https://support.atlassian.com/bitbucket-cloud/docs/event-payloads"""

from collections.abc import Callable, Mapping

from producers.naming import EventHeader
from producers.proof import Hmac
from producers.sources.bitbucket_cloud import changes, gates, pushes, tickets
from producers.sources.bitbucket_cloud.context import Context, with_repository
from producers.vendor import Vendor, because
from schemas.events import Event

_MAPPINGS: Mapping[str, Callable[[Context], list[Event]]] = {
    "repo:push": pushes.push,
    "repo:commit_status_created": gates.commit_status,
    "repo:commit_status_updated": gates.commit_status,
    "pullrequest:created": changes.created,
    "pullrequest:updated": changes.updated,
    "pullrequest:fulfilled": changes.merged,
    "pullrequest:rejected": changes.declined,
    "pullrequest:approved": changes.reviewed("approval", "approved"),
    "pullrequest:unapproved": changes.taken_back("approval"),
    "pullrequest:changes_request_created": changes.reviewed("changes_request", "changes_requested"),
    "pullrequest:changes_request_removed": changes.taken_back("changes_request"),
    "pullrequest:comment_created": changes.commented,
    "issue:created": tickets.created,
    "issue:updated": tickets.updated,
}
_IGNORED = {
    "later edits and deletions change no time that counts": {
        "pullrequest:comment_updated",
        "pullrequest:comment_deleted",
        "pullrequest:comment_resolved",
        "pullrequest:comment_reopened",
    },
    "talk that moves no change": {"repo:commit_comment_created", "issue:comment_created"},
    "another event says it better": {"pullrequest:push"},
    "its spans name their repository by a number only": {"pipeline:span_created"},
    "applause": {"repo:fork"},
    "settings and rights": {
        "repo:created",
        "repo:deleted",
        "repo:imported",
        "repo:transfer",
        "repo:updated",
        "project:updated",
    },
}
# Whoever has a display name is an account, by whatever role it is named; the links of one have its number today.
_PERSONAL = (
    "**.display_name",
    "**.nickname",
    "**.username",
    "**.account_id",
    "**.(display_name).*uuid",
    "**.author.raw",
    "**.avatar.href",
)


SOURCE = Vendor(
    name="bitbucket-cloud",
    title="Bitbucket Cloud",
    page="https://support.atlassian.com/bitbucket-cloud/docs/event-payloads",
    setup="""\
Repository or workspace, Settings, Webhooks, Add webhook.
URL: {url}. Secret: the one of `sources.bitbucket-cloud` in pipegauge.yaml.
Choose from a full list of triggers: push, build status created and updated, all of pull requests, issues.""",
    naming=EventHeader("X-Event-Key"),
    proof=Hmac("X-Hub-Signature", "sha256="),
    mappings={name: with_repository(mapping) for name, mapping in _MAPPINGS.items()},
    ignored=because(_IGNORED),
    personal=_PERSONAL,
)
