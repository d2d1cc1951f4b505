"""Snyk's webhooks: one for each test of a project.

https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis/webhooks
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from producers.addresses import repository_at
from producers.naming import EventHeader
from producers.payload import Payload
from producers.proof import Hmac
from producers.references import tickets_in
from producers.vendor import Told, Vendor, because
from schemas.deliveries import Headers
from schemas.events import Event, FindingsReported, Links, Origin

_EVENT = EventHeader("X-Snyk-Event")


@dataclass(frozen=True, slots=True)
class NameAndVersion:
    """`NAME/VERSION` in Snyk's header; here with a dot, for an event also names a folder of cases."""

    in_body: ClassVar[bool] = False
    place: ClassVar[str] = _EVENT.place

    def read(self, headers: Headers, document: object) -> str:
        """See Naming."""
        return _EVENT.read(headers, document).replace("/", ".")

    def request(self, event: str) -> tuple[dict[str, str], dict[str, Any]]:
        """See Naming."""
        return _EVENT.request(event.replace(".", "/"))


def snapshot(told: Told) -> list[Event]:
    """A project as its newest test found it: how many issues are open. Which of them are new is not told apart."""
    project = told.payload.part("project")
    at, id_ = project.moment("lastTestedDate"), project.id("id")
    report = f"{id_}/{at.isoformat()}"
    page = project.text("browseUrl")
    branch = project.optional_text("branch") or project.optional_text("targetReference")
    # A project is named after its repository, then a colon, then the file that lists its dependencies.
    origin = Origin(
        repository=repository_at(project.optional_text("remoteRepoUrl") or ""),
        project=project.text("name").partition(":")[0] or project.text("name"),
    )
    return [
        FindingsReported(
            **told.frame("FindingsReported", page, origin, id_, "tested", at),
            url=page,
            links=Links(tickets=tickets_in(branch)),
            report=report,
            tool="snyk",
            kind="container" if project.optional_text("imageId") else "dependency",
            **_counts(project),
        )
    ]


def _counts(project: Payload) -> dict[str, Any]:
    counts = project.part("issueCountsBySeverity")
    return {severity: counts.number(severity, default=0) for severity in ("critical", "high", "medium", "low")}


SOURCE = Vendor(
    name="snyk",
    title="Snyk",
    page="https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis/webhooks",
    setup="""\
Webhooks are made by Snyk's API: `POST https://api.snyk.io/v1/org/ORG/webhooks` with the body \
`{"url": "{url}", "secret": "SECRET"}`.
SECRET is the one of `sources.snyk` in pipegauge.yaml.""",
    naming=NameAndVersion(),
    proof=Hmac("X-Hub-Signature", "sha256="),
    mappings={"project_snapshot.v0": snapshot},
    ignored=because({"life of the webhook": ("ping.v0",)}),
    personal=("**.username", "**.email", "**.importingUser.name", "**.owner.name", "**.credit"),
)
