"""Pushes of branches and tags. Pure."""

import re
from urllib.parse import quote

from producers.actors import actor_named
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import subject_of
from producers.sources.gitlab.context import NOWHERE, author_of, project_of
from producers.vendor import Told
from schemas.events import Actor, ArtifactPublished, Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"
# The templates of GitLab's merge commits, and what git writes itself.
_SEE_CHANGE = re.compile(r"^See merge request [^\s!]{0,500}!(\d{1,18})\s*$", re.ASCII | re.MULTILINE)
_MERGE = re.compile(r"Merge (?:remote-tracking )?(?:branch|branches|commit|tag) '")


def push(told: Told) -> list[Event]:
    """The commits of a push; nothing for one without commits, such as a new branch, or one of a system hook.

    GitLab tells no time of a push: that of its last commit stands in. It tells the newest 20 commits, and not which of
    them another branch had before: of a push that ends in a merge, all but the merge count as such.
    """
    payload = told.payload
    reference, after = payload.text("ref"), payload.text("after")
    pushed = list(payload.parts("commits"))
    if not reference.startswith(_BRANCH) or after == NOWHERE or not pushed:
        return []
    project, branch, before = project_of(payload), reference.removeprefix(_BRANCH), payload.text("before")
    messages = [commit.optional_text("message") or "" for commit in pushed]
    merges = _is_merge(messages[-1])
    at, told_project = pushed[-1].moment("timestamp"), payload.optional_part("project")
    return [
        CommitsPushed(
            **project.frame(told, "CommitsPushed", reference, before, at, mark=after),
            actor=_pusher(payload),
            url=f"{project.page}/-/compare/{before}...{after}" if before != NOWHERE else None,
            links=Links(tickets=project.tickets(branch, *map(subject_of, messages)), sha=after),
            branch=branch,
            default_branch=told_project is not None and branch == told_project.optional_text("default_branch"),
            before=None if before == NOWHERE else before,
            after=after,
            commits=tuple(
                _commit(commit, message, distinct=not merges or commit is pushed[-1])
                for commit, message in zip(pushed, messages, strict=True)
            ),
        )
    ]


def tag_push(told: Told) -> list[Event]:
    """A tag: a version of the project was made or taken away."""
    payload = told.payload
    reference, before, after = payload.text("ref"), payload.text("before"), payload.text("after")
    if not reference.startswith(_TAG):
        raise payload.unfit("ref", "a tag")
    project, tag, gone = project_of(payload), reference.removeprefix(_TAG), after == NOWHERE
    artifact = package_url("gitlab", project.path, tag)
    return [
        ArtifactPublished(
            # The tagged commit may be old: its time is not that of the tag.
            **project.frame(told, "ArtifactPublished", artifact, "tag", None, mark=before + after),
            actor=_pusher(payload),
            url=f"{project.page}/-/tags/{quote(tag)}",
            # An annotated tag is an object of its own, and `checkout_sha` its commit.
            links=Links(
                tickets=project.tickets(tag), sha=None if gone else payload.optional_text("checkout_sha") or after
            ),
            artifact=artifact,
            action="deleted" if gone else "packaged",
            name=tag,
        )
    ]


def _commit(commit: Payload, message: str, distinct: bool) -> Commit:
    change = _SEE_CHANGE.search(message)
    return Commit(
        sha=commit.text("id"),
        committed_at=commit.moment("timestamp"),
        paths=_paths(commit),
        author=author_of(commit),
        change=change[1] if change else None,
        distinct=distinct,
    )


def _paths(commit: Payload) -> tuple[str, ...] | None:
    if not any(kind in commit.value for kind in ("added", "removed", "modified")):
        return None
    return tuple(dict.fromkeys(commit.texts("added") + commit.texts("removed") + commit.texts("modified")))


def _is_merge(message: str) -> bool:
    return _MERGE.match(message) is not None or _SEE_CHANGE.search(message) is not None


def _pusher(payload: Payload) -> Actor | None:
    return actor_named(payload.optional_text("user_username") or payload.optional_text("user_email"))
