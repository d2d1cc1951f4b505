"""Changes: from the opening to the merge, joined to their commits, reviews and deployment."""

from schemas.events import ChangeCommented, ChangeUpdated, ReviewSubmitted
from stream_processors.correlate.commits import begin_of
from stream_processors.correlate.deployments import is_baseline
from stream_processors.correlate.ledger import Ledger
from stream_processors.correlate.records import ChangeRecord, Told, any_of, earliest, latest, ms_of, united
from stream_processors.correlate.said import subject_of
from stream_processors.facts import Change, Fact

INTERACTIONS = 50
"""Kept of the earliest and as many of the latest: a draft is talked over at length before its review."""


def record_change(event: ChangeUpdated, repository: str, ledger: Ledger) -> set[str]:
    """Note the state of a change; the changes that must be looked at again: where one ends, another may begin."""
    record = _change_of(event, repository, ledger)
    if event.created_at is not None:
        record.opened = earliest(record.opened, [ms_of(event.created_at), event.id])
    if event.action == "ready":
        record.ready = latest(record.ready, [ms_of(event.occurred_at), event.id])
    if event.merged_at is not None:
        record.merged = earliest(record.merged, [ms_of(event.merged_at), event.id])
    if event.first_commit_at is not None:
        record.first_commit = earliest(record.first_commit, [ms_of(event.first_commit_at), event.id])
    if event.author is not None:
        record.author = earliest(record.author, [ms_of(event.occurred_at), event.id, event.author.id])
    if event.base_branch is not None:
        record.base = latest(record.base, [ms_of(event.occurred_at), event.base_branch])
    if event.head_sha is not None:
        record.heads = united(record.heads, event.head_sha)
    if event.state == "merged" and event.merge_sha is not None:
        record.merge_sha = min(record.merge_sha or event.merge_sha, event.merge_sha)
        commit = ledger.commit(repository, event.merge_sha)
        commit.merges = united(commit.merges, event.change)
        return {event.change, *commit.waiting}
    return {event.change}


def record_interaction(event: ReviewSubmitted | ChangeCommented, repository: str, ledger: Ledger) -> None:
    """Note a review or comment. Bots pick nothing up, and a dismissal takes a review back."""
    if event.actor is None or event.actor.kind == "bot":
        return
    if isinstance(event, ReviewSubmitted) and event.state == "dismissed":
        return
    record = _change_of(event, repository, ledger)
    told: list[int | str] = [ms_of(event.occurred_at), event.id, event.actor.id]
    if told not in record.interactions:
        known = sorted([*record.interactions, told])
        record.interactions = [*known[:INTERACTIONS], *known[INTERACTIONS:][-INTERACTIONS:]]


def view(repository: str, number: str, ledger: Ledger) -> Change:
    """The change as metrics see it."""
    record = ledger.change(repository, number)
    merge = ledger.commit(repository, record.merge_sha) if record.merge_sha else None
    deployed = merge.deployed if merge else None
    if deployed is not None and is_baseline(deployed, repository, ledger):
        deployed = None
    first, touches = record.first_commit, merge.touches if merge else None
    if deployed is not None and first is None:
        first, own = begin_of(record, number, repository, ledger)
        touches = any_of(touches, own)
    return Change(
        subject=_subject(record, number, repository),
        first_commit=_fact(first),
        opened=_fact(record.opened),
        ready=_fact(record.ready),
        interactions=_by_others(record),
        merged=_fact(record.merged),
        deployed=Fact(int(deployed[0]), str(deployed[2])) if deployed else None,
        touches=touches is not False,
    )


def _change_of(
    event: ChangeUpdated | ReviewSubmitted | ChangeCommented, repository: str, ledger: Ledger
) -> ChangeRecord:
    record = ledger.change(repository, event.change)
    record.repository = min(record.repository or repository, repository)
    return record


def _subject(record: ChangeRecord, number: str, repository: str) -> str:
    """The repository as the change's own events spell it: those of its commits and deployments may do otherwise."""
    if record.repository is None and record.said:  # from before the spelling was kept
        return subject_of(next(iter(record.said)))
    return f"{record.repository or repository}#{number}"


def _by_others(record: ChangeRecord) -> tuple[Fact, ...]:
    author = record.author[-1] if record.author else None
    return tuple(Fact(int(at), str(event)) for at, event, actor in record.interactions if actor != author)


def _fact(told: Told | None) -> Fact | None:
    return Fact(int(told[0]), str(told[1])) if told else None
