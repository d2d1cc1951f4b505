"""Releases. Pure."""

from producers.package_urls import package_url
from producers.references import subject_of
from producers.sources.gitlab.context import project_of
from producers.vendor import Told
from schemas.events import ArtifactPublished, Event, Links


def release(told: Told) -> list[Event]:
    """A version of the project was published or taken back; edits change nothing of that.

    GitLab tells who did neither, and of a deletion no time.
    """
    found, project = told.payload, project_of(told.payload)
    action, tag = found.text("action"), found.text("tag")
    if action == "update":
        return []
    if action not in ("create", "delete"):
        raise found.unfit("action", "an action that we know")
    gone, commit = action == "delete", found.optional_part("commit")
    artifact, created_at = package_url("gitlab", project.path, tag), found.moment("created_at")
    frame = (
        project.frame(told, "ArtifactPublished", artifact, action, None, mark=created_at.isoformat())
        if gone
        else project.frame(told, "ArtifactPublished", artifact, action, created_at)
    )
    message = commit.optional_text("message") if commit else None
    return [
        ArtifactPublished(
            **frame,
            url=found.optional_text("url"),
            links=Links(
                tickets=project.tickets(tag, found.optional_text("name"), subject_of(message or "")),
                sha=commit.optional_text("id") if commit else None,
            ),
            artifact=artifact,
            action="deleted" if gone else "published",
            name=found.optional_text("name") or tag,
        )
    ]
