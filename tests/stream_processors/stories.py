"""Small stories of delivery as canonical events, for tests of the stream."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.events import (
    Actor,
    ChangeAction,
    ChangeCommented,
    ChangeUpdated,
    Commit,
    CommitsPushed,
    DeploymentState,
    DeploymentUpdated,
    Event,
    GateEvaluated,
    GateOutcome,
    Links,
    Origin,
    Outcome,
    ReviewSubmitted,
    RunUpdated,
    State,
    TaskUpdated,
    event_id,
)

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REPOSITORY = "northwind/ledger"
SERVICE = "ledger"
ADA, BEN, BOT = Actor(id="h:ada"), Actor(id="h:ben"), Actor(id="h:lint[bot]", kind="bot")
SOURCE = f"https://github.com/{REPOSITORY}"


def at(hours: float) -> datetime:
    """A moment so many hours after Monday morning."""
    return MONDAY + timedelta(hours=hours)


def _base(type_: str, subject: str, state: str, hours: float, actor: Actor | None = ADA) -> dict[str, Any]:
    moment = at(hours)
    return {
        "id": event_id(SOURCE, type_, subject, None, state, moment.isoformat()),
        "source": SOURCE,
        "origin": Origin(repository=REPOSITORY),
        "occurred_at": moment,
        "received_at": moment,
        "actor": actor,
    }


def push(
    shas: str,
    hours: float,
    before: str | None,
    branch: str = "feature",
    distinct: bool = True,
    committed: float | None = None,
    forced: bool = False,
    paths: tuple[str, ...] | None = None,
) -> CommitsPushed:
    """A push of the commits named by the letters of `shas`, an hour's tenth apart, the last at `hours`."""
    times = [(hours if committed is None else committed) - 0.1 * back for back in range(len(shas) - 1, -1, -1)]
    commits = tuple(
        Commit(sha=sha, committed_at=at(time), distinct=distinct, paths=paths)
        for sha, time in zip(shas, times, strict=True)
    )
    return CommitsPushed(
        **_base("CommitsPushed", f"{branch}:{shas}", "", hours),
        branch=branch,
        default_branch=branch == "main",
        before=before,
        after=shas[-1],
        forced=forced,
        commits=commits,
    )


def change(
    action: ChangeAction, hours: float, number: str = "1", opened: float = 2, head: str = "b", **more: Any
) -> ChangeUpdated:
    """Change `number`, opened at hour `opened` from branch `feature` at commit `head`."""
    merged = action == "merged"
    return ChangeUpdated(
        **_base("ChangeUpdated", number, action, hours),
        change=number,
        action=action,
        state="merged" if merged else "open",
        created_at=at(opened),
        merged_at=at(hours) if merged else None,
        author=ADA,
        head_branch="feature",
        head_sha=head,
        base_branch="main",
        **more,
    )


def review(hours: float, actor: Actor = BEN, number: str = "1") -> ReviewSubmitted:
    return ReviewSubmitted(
        **_base("ReviewSubmitted", f"{number}:{actor.id}", "approved", hours, actor),
        change=number,
        review=f"{hours}",
        state="approved",
    )


def comment(hours: float, actor: Actor, number: str = "1") -> ChangeCommented:
    return ChangeCommented(
        **_base("ChangeCommented", f"{number}:{actor.id}", "", hours, actor), change=number, comment=f"{hours}"
    )


def deployed(
    sha: str, hours: float, name: str, environment: str = "production", state: DeploymentState = "succeeded"
) -> Event:
    return DeploymentUpdated(
        **_base("DeploymentUpdated", name, state, hours),
        deployment=name,
        environment=environment,
        tier="production" if environment == "production" else "staging",
        sha=sha,
        state=state,
        created_at=at(hours - 0.1),
        finished_at=at(hours),
    )


def run(state: State, hours: float, outcome: Outcome | None = None, name: str = "7", attempt: int = 1) -> RunUpdated:
    return RunUpdated(
        **_base("RunUpdated", f"{name}/{attempt}", state, hours),
        run=name,
        attempt=attempt,
        pipeline="ci",
        state=state,
        outcome=outcome,
        started_at=at(hours if state == "started" else hours - 0.2) if state != "queued" else None,
        finished_at=at(hours) if state == "finished" else None,
    )


def task(name: str, hours: float, attempt: int = 1, of: str = "7") -> TaskUpdated:
    return TaskUpdated(
        **_base("TaskUpdated", f"{of}/{attempt}/{name}", "finished", hours),
        run=of,
        attempt=attempt,
        task=f"{attempt}{name}",
        name=name,
        state="finished",
        outcome="success",
    )


def gate(outcome: GateOutcome, hours: float, evaluation: str, name: str = "unit", sha: str = "b") -> GateEvaluated:
    return GateEvaluated(
        **_base("GateEvaluated", evaluation, outcome, hours),
        gate=name,
        evaluation=evaluation,
        outcome=outcome,
        sha=sha,
        finished_at=at(hours) if outcome != "pending" else None,
        links=Links(sha=sha),
    )


def whole_change() -> list[Event]:
    """A change from its first commit (hour 1) to production (hour 20), after a first deployment (hour 0).

    Opened at 2, ready at 2, reviewed by another human at 5, merged by squash at 8.
    """
    return [
        push("m", -1, before=None, branch="main"),
        deployed("m", 0, "d0"),
        push("ab", 1.1, before="m"),
        change("opened", 2),
        comment(3, BOT),
        comment(3.5, ADA),
        review(5),
        change("merged", 8, merge_sha="s"),
        push("s", 8, before="m", branch="main"),
        deployed("s", 12, "d1", environment="staging"),
        deployed("s", 20, "d2"),
        deployed("s", 30, "d3"),
    ]
