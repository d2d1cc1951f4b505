"""Pushed commits: how they follow one another, which deployment carried them, which change they began.

Nothing here depends on the order of arrival. A walk that meets a commit it does not know yet leaves its mark or its
change there, and goes on from there when the push arrives.
"""

from schemas.events import CommitsPushed
from stream_processors.correlate.ledger import Ledger, Rules
from stream_processors.correlate.records import ChangeRecord, CommitRecord, Told, any_of, earliest, ms_of, united

WALK_LIMIT = 20_000
"""Commits that one deployment can carry; a larger step between two deployments is cut there."""

CHANGE_LIMIT = 1_000
"""Commits that are looked at for the first of a change, beside its heads."""


def record_push(event: CommitsPushed, repository: str, ledger: Ledger, rules: Rules) -> set[str]:
    """Note the commits of a push; the changes that must be looked at again.

    Marks of deployments are handed on to what the commits follow, also where they had been: after a crash nobody knows
    whether that was published.
    """
    changes: set[str] = set()
    marked: dict[tuple[int | str, ...], set[str]] = {}
    followed = _followed(event)
    merged: tuple[str, ...] = ()
    for commit in event.commits:
        record = ledger.commit(repository, commit.sha)
        record.previous = united(record.previous, *followed[commit.sha])
        at = ms_of(commit.committed_at)
        record.at = at if record.at is None else min(record.at, at)
        record.event = min(record.event or event.id, event.id)
        if commit.distinct:
            record.branches = united(record.branches, event.branch)
        # Providers list no paths for a merge commit: it touches what it merges.
        if touched := commit.paths or (merged if commit.distinct else ()):
            record.touches = any_of(record.touches, rules.touches(ledger.service, repository, touched))
        merged = () if commit.distinct else (*merged, *(commit.paths or ()))
        if record.deployed is not None:
            marked.setdefault(tuple(record.deployed), set()).update(record.previous)
        changes.update(record.waiting, record.merges)
    for mark, shas in sorted(marked.items()):
        changes |= carry(repository, sorted(shas), list(mark), ledger)
    return changes


def _followed(event: CommitsPushed) -> dict[str, set[str]]:
    """What each commit of a push follows: its parents, or what can be said without them.

    New commits follow one another, the first of them what the branch was before. Those that another branch had before
    followed something else, which their first push told. The last commit follows all of these.
    """
    before = set() if event.before is None or event.forced else {event.before}
    neighbour, known = before, set[str]()
    followed: dict[str, set[str]] = {}
    for commit in event.commits:
        is_last = commit is event.commits[-1]
        if commit.parents is not None:
            followed[commit.sha] = set(commit.parents)
        elif commit.distinct or is_last:
            followed[commit.sha] = (neighbour | known | before) if is_last else neighbour
        else:
            followed[commit.sha] = set()
        if commit.distinct:
            neighbour = {commit.sha}
        else:
            known.add(commit.sha)
    return followed


def carry(repository: str, shas: list[str], mark: list[int | str], ledger: Ledger) -> set[str]:
    """Mark all commits up to `shas` that no earlier deployment carried; the changes that they merged.

    A commit with an earlier mark ends the walk, for all behind it is marked as early. One with the same mark does not:
    after a crash in the midst of it the same walk is done again.
    """
    changes: set[str] = set()
    open_, visited = list(shas), set(shas)
    while open_ and len(visited) < WALK_LIMIT:
        record = ledger.commit(repository, open_.pop())
        if record.deployed is not None and record.deployed < mark:
            continue
        record.deployed = mark
        changes.update(record.merges)
        fresh = [sha for sha in record.previous if sha not in visited]
        visited.update(fresh)
        open_.extend(fresh)
    return changes


def begin_of(change: ChangeRecord, number: str, repository: str, ledger: Ledger) -> tuple[Told | None, bool | None]:
    """The first commit of a change, and whether its commits touch the service (None: no paths known).

    Its commits are those of `git log base..head` for each of its heads; a rebase leaves its old heads, so that work
    begins with the first commit ever pushed for the change. Without a base nothing ends them: the first is unknown.
    """
    if change.base is None:
        return None, None
    walked, met = _walked(change, str(change.base[1]), number, repository, ledger)
    oldest = min((at for at, _ in walked.values()), default=0)
    foreign = _behind(met, oldest, number, repository, ledger) if walked else set()
    first: Told | None = None
    touches: bool | None = None
    for sha, (at, record) in walked.items():
        if sha not in foreign:
            first = earliest(first, [at, record.event])
            touches = any_of(touches, record.touches)
    return first, touches


def _walked(
    change: ChangeRecord, base: str, number: str, repository: str, ledger: Ledger
) -> tuple[dict[str, tuple[int, CommitRecord]], list[str]]:
    """The commits from the heads of a change back to its base, with their times, and those of its base met there.

    Where a change is fast-forwarded, providers that do not tell what another branch had before list its commits as new
    on its base too: its base's are then those new on no other branch, and the one that another change ended with.
    """
    walked: dict[str, tuple[int, CommitRecord]] = {}
    met: list[str] = []
    forwarded = any(base in ledger.commit(repository, head).branches for head in change.heads)
    open_, visited = list(change.heads), set(change.heads)
    while open_ and len(visited) < CHANGE_LIMIT + len(change.heads):
        sha = open_.pop()
        record = ledger.commit(repository, sha)
        ends_another = bool(record.merges) and number not in record.merges
        of_base = base in record.branches and (not forwarded or record.branches == [base] or ends_another)
        if forwarded or not of_base:
            record.waiting = united(record.waiting, number)  # what comes to be known of it later changes the walk
        if of_base:
            met.append(sha)
        elif record.at is not None and record.branches:
            walked[sha] = record.at, record
            fresh = [one for one in record.previous if one not in visited]
            visited.update(fresh)
            open_.extend(fresh)
    return walked, met


def _behind(met: list[str], oldest: int, number: str, repository: str, ledger: Ledger) -> set[str]:
    """Commits `met` of a base with what they follow: the base had it all, also where a merge brought it to the change.

    Nothing is older than what it follows, so that no commit of the change is looked for behind one before its `oldest`.
    """
    open_, behind = list(met), set(met)
    while open_ and len(behind) < CHANGE_LIMIT + len(met):
        record = ledger.commit(repository, open_.pop())
        if record.at is None or not record.branches:
            record.waiting = united(record.waiting, number)
        if record.at is None or record.at < oldest:
            continue
        fresh = [sha for sha in record.previous if sha not in behind]
        behind.update(fresh)
        open_.extend(fresh)
    return behind
