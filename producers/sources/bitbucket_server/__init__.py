"""Bitbucket Server's and Data Center's webhooks.
https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html"""

from producers.naming import EventField, EventHeader, FieldOrHeader
from producers.proof import Hmac
from producers.sources.bitbucket_server import changes, pushes
from producers.vendor import Vendor, because

_IGNORED = {
    "life of the webhook": {"diagnostics:ping"},
    "later edits and deletions change no time that counts": {"pr:comment:edited", "pr:comment:deleted"},
    "talk that moves no change": {"repo:comment:added", "repo:comment:edited", "repo:comment:deleted"},
    "another event says it better": {"mirror:repo_synchronized"},
    "a secret was found, but not how bad that is nor what became of it": {"repo:secret_detected"},
    "settings and rights": {"project:modified", "repo:modified", "repo:forked"},
}
# Whoever has a display name is an account, whoever has an address wrote a commit, and only somebody's own project has
# an owner: its key and name are the person's.
_PERSONAL = (
    "**.emailAddress",
    "**.(emailAddress).*name",
    "**.(displayName).*name",
    "**.(displayName).*Name",
    "**.(displayName).*slug",
    "**.(owner).*key",
    "**.(owner).*name",
)


SOURCE = Vendor(
    name="bitbucket-server",
    title="Bitbucket Server and Data Center",
    page="https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html",
    setup="""\
Repository or project, Settings, Webhooks, Create webhook.
URL: {url}. Secret: the one of `sources.bitbucket-server` in pipegauge.yaml.
Events: push of repositories, and all of pull requests.""",
    naming=FieldOrHeader(EventField("eventKey"), EventHeader("X-Event-Key")),
    proof=Hmac("X-Hub-Signature", "sha256="),
    mappings={
        "repo:refs_changed": pushes.push,
        "pr:opened": changes.opened,
        "pr:from_ref_updated": changes.updated,
        "pr:to_ref_updated": changes.updated,
        "pr:modified": changes.updated,
        "pr:reviewer:updated": changes.updated,
        "pr:merged": changes.merged,
        "pr:declined": changes.declined,
        "pr:deleted": changes.deleted,
        "pr:reviewer:approved": changes.reviewed("approved"),
        "pr:reviewer:unapproved": changes.reviewed("dismissed"),
        "pr:reviewer:needs_work": changes.reviewed("changes_requested"),
        "pr:reviewer:changes_requested": changes.reviewed("changes_requested"),
        "pr:comment:added": changes.commented,
    },
    ignored=because(_IGNORED),
    personal=_PERSONAL,
)
