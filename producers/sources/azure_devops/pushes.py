"""Pushes of branches and tags of git repositories. Pure."""

from producers.branches import oldest_first, own_by_words
from producers.package_urls import package_url
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.azure_devops.context import Context, actor_of, author_of, name_of, origin_of, page_of
from schemas.events import ArtifactPublished, Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"
_TAG = "refs/tags/"


def push(context: Context) -> list[Event]:
    """The commits of a push, one event for each branch, and the tags that were made; nothing for the end of either."""
    resource = context.resource
    updates = [one for one in resource.parts("refUpdates") if one.text("newObjectId").strip("0")]
    branches = [one for one in updates if one.text("name").startswith(_BRANCH)]
    tags = [one for one in updates if one.text("name").startswith(_TAG)]
    commits = list(resource.parts("commits"))
    pushed = [_pushed(context, update, _commits_of(update, commits, len(branches))) for update in branches]
    return [*pushed, *(_tag(context, update) for update in tags)]


def _pushed(context: Context, update: Payload, commits: list[Payload]) -> CommitsPushed:
    repository = context.resource.part("repository")
    ref, before, after = update.text("name"), update.text("oldObjectId"), update.text("newObjectId")
    branch, at, page = ref.removeprefix(_BRANCH), context.resource.moment("date"), page_of(repository)
    subjects = [subject_of(commit.optional_text("comment") or "") for commit in commits]
    return CommitsPushed(
        **context.frame("CommitsPushed", origin_of(repository), ref, before, at, mark=after, source=page),
        actor=actor_of(context.resource.optional_part("pushedBy")),
        url=f"{page}/commit/{after}",
        links=Links(tickets=tickets_in(branch, *subjects), sha=after),
        branch=branch,
        default_branch=ref == repository.optional_text("defaultBranch"),
        before=before if before.strip("0") else None,
        after=after,
        commits=tuple(map(_commit, commits, subjects, own_by_words(subjects))),
    )


def _tag(context: Context, update: Payload) -> ArtifactPublished:
    """A version of the repository. The hash of an annotated tag is its own: which commit it names is not told."""
    repository, ref = context.resource.part("repository"), update.text("name")
    name, origin, page = ref.removeprefix(_TAG), origin_of(repository), page_of(repository)
    at, after = context.resource.moment("date"), update.text("newObjectId")
    return ArtifactPublished(
        **context.frame("ArtifactPublished", origin, ref, "packaged", at, mark=after, source=page),
        actor=actor_of(context.resource.optional_part("pushedBy")),
        links=Links(tickets=tickets_in(name)),
        artifact=package_url("generic", name_of(repository), name, vcs_url=f"git+{page}"),
        action="packaged",
        name=name,
    )


def _commits_of(update: Payload, commits: list[Payload], branches: int) -> list[Payload]:
    """The commits of a branch, oldest first. Nobody tells which of them went where if several branches were pushed at
    once: then each gets its newest."""
    after = update.text("newObjectId")
    if branches > 1:
        return [commit for commit in commits if commit.text("commitId") == after]
    return oldest_first(commits, [commit.text("commitId") for commit in commits], after)


def _commit(commit: Payload, subject: str, own: bool) -> Commit:
    return Commit(
        sha=commit.text("commitId"),
        committed_at=commit.part("committer").moment("date"),
        author=author_of(commit.optional_part("author")),
        change=change_in(subject),
        distinct=own,
    )
