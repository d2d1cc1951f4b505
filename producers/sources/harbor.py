"""Harbor's webhooks, in its own format and as CloudEvents.

https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/

No event tells an actor: Harbor's robots differ from people by their names alone, which are hashed before they are read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from producers.images import Image
from producers.naming import EventField
from producers.payload import Payload
from producers.proof import Credential
from producers.vendor import Told, Vendor, because
from schemas.events import ArtifactPublished, Event, FindingsReported

Action = Literal["published", "downloaded", "deleted"]

_ACTIONS: Mapping[str, Action] = {
    "PUSH_ARTIFACT": "published",
    "PULL_ARTIFACT": "downloaded",
    "DELETE_ARTIFACT": "deleted",
    "harbor.artifact.pushed": "published",
    "harbor.artifact.pulled": "downloaded",
    "harbor.artifact.deleted": "deleted",
}
_OTHER_SEVERITIES = ("Negligible", "None", "Unknown")
_SCANNED = "Success"


def artifact(told: Told) -> list[Event]:
    """Artifacts that were pushed, pulled or deleted."""
    action, at = _ACTIONS[told.event], _moment(told.payload)
    return [
        ArtifactPublished(
            **told.frame("ArtifactPublished", image.source, image.origin, image.purl, action, at),
            links=image.links,
            artifact=image.purl,
            action=action,
            name=image.repository,
        )
        for image, _ in _images(told.payload)
    ]


def scan(told: Told) -> list[Event]:
    """What the scanners found in an artifact. A software bill of materials is no scan for weaknesses."""
    at = _moment(told.payload)
    return [
        FindingsReported(
            **told.frame("FindingsReported", image.source, image.origin, report.text("report_id"), "scanned", at),
            links=image.links,
            report=report.text("report_id"),
            tool=_tool(report),
            kind="container",
            **_counts(report),
        )
        for image, resource in _images(told.payload)
        for report in _reports(resource)
    ]


def _moment(document: Payload) -> datetime:
    return document.moment("occur_at" if "occur_at" in document.value else "time")


def _images(document: Payload) -> Iterator[tuple[Image, Payload]]:
    """The artifacts of a delivery. One that neither has a name nor is in a repository is nothing to keep."""
    data = document.part("event_data" if "event_data" in document.value else "data")
    repository = data.part("repository")
    parts = (repository.optional_text("namespace"), repository.optional_text("name"))
    path = repository.optional_text("repo_full_name") or "/".join(filter(None, parts))
    for resource in data.parts("resources") if path else ():
        digest, tag = resource.optional_text("digest"), resource.optional_text("tag")
        registry = (resource.optional_text("resource_url") or "").rpartition("://")[2].partition("/")[0]
        # What has no tag has its digest in the tag's place.
        yield Image(registry, path, digest, tag if tag != digest else None), resource


def _reports(resource: Payload) -> Iterator[Payload]:
    """The reports by their media types, of scans that came to an end."""
    overview = resource.optional_part("scan_overview") or Payload({})
    for report in map(overview.part, overview.value):
        if report.text("scan_status") == _SCANNED:
            yield report


def _tool(report: Payload) -> str:
    scanner = report.optional_part("scanner")
    return (scanner.optional_text("name") if scanner else None) or "harbor"


def _counts(report: Payload) -> dict[str, Any]:
    """The findings by severity: what a summary does not name has none."""
    summary = report.optional_part("summary")
    counts = summary.optional_part("summary") if summary else None
    if summary is None:
        return {}
    by_severity = counts or Payload({}, f"{summary.path}.summary")
    named = {name: by_severity.number(name.title(), default=0) for name in ("critical", "high", "medium", "low")}
    return {**named, "other": sum(by_severity.number(name, default=0) for name in _OTHER_SEVERITIES)}


SOURCE = Vendor(
    name="harbor",
    title="Harbor",
    page="https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/",
    setup="""\
Project, Webhooks, New Webhook. Notify Type: HTTP. Payload Format: either.
Endpoint URL: {url}. Auth Header: the secret of `sources.harbor` in pipegauge.yaml.
Event Type: artifact pushed, pulled and deleted, and scanning finished.""",
    naming=EventField("type"),
    proof=Credential(),
    mappings=dict.fromkeys(_ACTIONS, artifact) | {"SCANNING_COMPLETED": scan, "harbor.scan.completed": scan},
    ignored=because(
        {
            "a scan that came to nothing found nothing": (
                "SCANNING_FAILED", "SCANNING_STOPPED", "harbor.scan.failed", "harbor.scan.stopped",
            ),
            "a copy of what was published": ("REPLICATION", "harbor.replication.status.changed"),
            "the registry's own housekeeping": (
                "QUOTA_EXCEED", "QUOTA_WARNING", "TAG_RETENTION", "harbor.quota.exceeded", "harbor.quota.warned",
                "harbor.tag_retention.finished",
            ),
            "charts are artifacts since Harbor 2.8": ("DELETE_CHART", "DOWNLOAD_CHART", "UPLOAD_CHART"),
        }
    ),
    personal=("**.operator", "**.policy_creator"),
)  # fmt: skip
