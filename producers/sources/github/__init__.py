"""GitHub's webhooks. https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

from collections.abc import Callable, Mapping, Sequence

from pydantic import ValidationError

from producers.payload import root
from producers.signatures import verify_github
from producers.source import Unmappable
from producers.sources.github import changes, deployments, gates, pushes, runs
from producers.sources.github.context import Context, context_of
from producers.sources.github.ignored import IGNORED
from producers.sources.github.personal import PERSONAL
from schemas.deliveries import Delivery, Headers, Secret
from schemas.events import Event

_EVENT_HEADER = "x-github-event"
_MAPPINGS: Mapping[str, Callable[[Context], list[Event]]] = {
    "push": pushes.push,
    "pull_request": changes.pull_request,
    "pull_request_review": changes.review,
    "pull_request_review_comment": changes.review_comment,
    "issue_comment": changes.issue_comment,
    "workflow_run": runs.workflow_run,
    "workflow_job": runs.workflow_job,
    "check_run": gates.check_run,
    "status": gates.status,
    "deployment": deployments.deployment,
    "deployment_status": deployments.deployment_status,
}


class GitHub:
    """The source `github`."""

    name = "github"
    handles = frozenset(_MAPPINGS)
    ignores = IGNORED
    personal = PERSONAL

    def event_name(self, headers: Headers, body: bytes) -> str:
        """GitHub names the event in a header only. Raises Unmappable if it is missing."""
        name = headers.get(_EVENT_HEADER)
        if not name:
            raise Unmappable("the header X-GitHub-Event is missing", _EVENT_HEADER)
        return name

    def verify(self, delivery: Delivery, secrets: Sequence[Secret]) -> None:
        """Raises BadSignature unless X-Hub-Signature-256 is that of the raw body under one of `secrets`."""
        verify_github(delivery.headers, delivery.body, secrets)

    def normalise(self, delivery: Delivery) -> list[Event]:
        """The events of a delivery. Raises Unmappable, and nothing else, whatever the document holds."""
        name = self.event_name(delivery.headers, delivery.body)
        if name in self.ignores:
            return []
        mapping = _MAPPINGS.get(name)
        if mapping is None:
            raise Unmappable(f"github has no mapping for the event {name[:100]!r}")
        try:
            return mapping(context_of(root(delivery.document), delivery.received_at))
        except ValidationError as error:  # a value of the right type that no event of ours may carry, such as a NUL
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = ".".join(map(str, first["loc"]))
            raise Unmappable(f"{field}: {first['msg']}", field) from error


SOURCE = GitHub()
