"""What the payloads of GitLab share: the project, accounts, and the frame of our events. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from producers.actors import actor_named
from producers.issue_references import named_issues
from producers.payload import Payload
from producers.vendor import Told
from schemas.events import Actor, Links, Origin

NOWHERE = "0" * 40
"""The commit before the first and after the last of a branch or tag."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project: `page` is its address, the URI that all its events come from, `path` its group and name."""

    page: str
    path: str

    def frame(
        self,
        told: Told,
        type_: str,
        object_id: str,
        state: str,
        at: datetime | None,
        attempt: int | None = None,
        mark: str = "",
    ) -> dict[str, Any]:
        """See Told.frame."""
        return told.frame(type_, self.page, Origin(repository=self.path), object_id, state, at, attempt, mark)

    def tickets(self, branch: str | None, *texts: str | None, description: str | None = None) -> tuple[str, ...]:
        """See named_issues."""
        return named_issues(self.path, branch, *texts, description=description)


def project_of(payload: Payload) -> Project:
    """The project of a delivery. Jobs of older GitLabs tell only the page of their repository, or the project's number:
    its name there is the one that people read, and leads to no page."""
    project, repository = payload.optional_part("project"), payload.optional_part("repository")
    if project is None and repository is not None:
        return project_at(repository.text("homepage"))
    if project is None and "project_id" in payload.value:
        path = f"projects/{payload.id('project_id')}"
        return Project(f"/{path}", path)
    project = project or payload.part("project")
    return Project(project.text("web_url"), project.text("path_with_namespace"))


def project_at(address: str) -> Project:
    """The project whose page, or a page below it, is at `address`."""
    page = address.partition("/-/")[0].rstrip("/")
    try:
        path = urlsplit(page).path.strip("/")
    except ValueError:  # no address, such as one with an open bracket: then it is a name of its own
        path = ""
    return Project(page, path or page)


def actor_of(account: Payload | None) -> Actor | None:
    """The actor that an account stands for; None where GitLab names nobody, as for a deleted account."""
    username = account.optional_text("username") if account else None
    return actor_named(username or (account.optional_text("email") if account else None))


def author_of(commit: Payload) -> Actor | None:
    """The author of a commit, by e-mail address or name: GitLab does not tell whose account that is."""
    author = commit.optional_part("author")
    return actor_named((author.optional_text("email") or author.optional_text("name")) if author else None)


def moment_of(change: Payload) -> datetime:
    """When an action on a merge request was; older versions tell only its last update."""
    return change.optional_moment("actioned_at") or change.moment("updated_at")


def links_of(project: Project, change: Payload) -> Links:
    """What a merge request is joined to."""
    head = change.optional_part("last_commit")
    return Links(
        tickets=project.tickets(
            change.optional_text("source_branch"),
            change.optional_text("title"),
            description=change.optional_text("description"),
        ),
        sha=head.optional_text("id") if head else None,
        change=change.id("iid"),
    )
