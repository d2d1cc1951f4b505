"""The mappings of Gitea's events; its relatives, which send the same payloads, take theirs from here. Pure."""

from collections.abc import Callable, Mapping

from producers.sources.gitea import artifacts, changes, gates, pushes, reviews, runs, tickets
from producers.sources.gitea.context import with_repository
from producers.vendor import Told
from schemas.events import Event

# What Gogs had before Gitea came out of it.
OF_GOGS: Mapping[str, Callable[[Told], list[Event]]] = {
    "push": with_repository(pushes.push),
    "pull_request": with_repository(changes.pull_request),
    "issue_comment": with_repository(reviews.issue_comment),
    "issues": with_repository(tickets.issues),
    "release": with_repository(artifacts.release),
}
# What Gitea had before Forgejo came out of it. A review is told by another name for each of its states.
OF_FORGEJO: Mapping[str, Callable[[Told], list[Event]]] = {
    **OF_GOGS,
    "pull_request_approved": with_repository(reviews.review),
    "pull_request_rejected": with_repository(reviews.review),
    "pull_request_comment": with_repository(reviews.review),
    "pull_request_review": with_repository(reviews.review),
    "package": artifacts.package,
}
OF_GITEA: Mapping[str, Callable[[Told], list[Event]]] = {
    **OF_FORGEJO,
    "status": with_repository(gates.status),
    "workflow_run": with_repository(runs.workflow_run),
    "workflow_job": with_repository(runs.workflow_job),
}
IGNORED = {
    "another event says it better": {"create", "delete"},
    "applause": {"fork"},
}
