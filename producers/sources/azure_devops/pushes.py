"""Pushes to branches of git repositories. Pure."""

from producers.branches import oldest_first, own_by_words
from producers.payload import Payload
from producers.references import change_in, subject_of, tickets_in
from producers.sources.azure_devops.context import Context, actor_of, author_of, origin_of, page_of
from schemas.events import Commit, CommitsPushed, Event, Links

_BRANCH = "refs/heads/"


def push(context: Context) -> list[Event]:
    """The commits of a push, one event for each branch; nothing for tags and for the end of a branch."""
    resource = context.resource
    updates = [one for one in resource.parts("refUpdates") if _reaches_a_branch(one)]
    commits = list(resource.parts("commits"))
    return [_pushed(context, update, _commits_of(update, commits, len(updates))) for update in updates]


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


def _reaches_a_branch(update: Payload) -> bool:
    return update.text("name").startswith(_BRANCH) and bool(update.text("newObjectId").strip("0"))


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
