"""A wrapped step as a task of its run. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from producers.payload import Payload
from producers.references import tickets_in
from schemas.events import STEPS, Actor, Links, Origin, Outcome, TaskUpdated, event_id


@dataclass(frozen=True, slots=True)
class About:
    """What a step belongs to, and how it ended."""

    payload: Payload
    received_at: datetime
    id: str
    origin: Origin
    run: str
    attempt: int
    links: Links
    actor: Actor | None
    url: str | None
    started_at: datetime
    finished_at: datetime

    @classmethod
    def of(cls, step: Payload, received_at: datetime) -> Self:
        """Reads a delivery. Raises Unmappable."""
        id_ = step.id("id")
        repository, service = step.optional_text("repository"), step.optional_text("service")
        if not repository and not service:
            raise step.unfit("repository", "given, nor is service: set PIPEGAUGE_REPOSITORY or PIPEGAUGE_SERVICE")
        run = step.id("run") if step.value.get("run") is not None else None
        change = step.id("change") if step.value.get("change") is not None else None
        tickets = tickets_in(step.optional_text("branch"), step.optional_text("title"))
        who = step.optional_part("actor")
        kind = who.optional_text("kind") if who else None
        return cls(
            payload=step,
            received_at=received_at,
            id=id_,
            origin=Origin(repository=repository, app=service),
            run=run or f"step/{id_}",  # of no CI that we know: the step is all there is of its run
            attempt=step.number("attempt", default=1),
            links=Links(tickets=tickets, sha=step.optional_text("sha"), change=change, run=run),
            actor=Actor(id=who.text("id"), kind="bot" if kind == "bot" else "human") if who else None,
            url=step.optional_text("url"),
            started_at=step.moment("started_at"),
            finished_at=step.moment("finished_at"),
        )

    def frame(self, type_: str, attempt: int | None, state: str) -> dict[str, Any]:
        """The fields that every event of a step has."""
        finished = self.finished_at
        return {
            "id": event_id(STEPS, type_, f"{self.run}/{self.id}", attempt, state, finished.isoformat()),
            "source": STEPS,
            "origin": self.origin,
            "occurred_at": finished,
            "received_at": self.received_at,
            "actor": self.actor,
            "url": self.url,
            "links": self.links,
        }


def measured(about: About) -> TaskUpdated:
    """The step, under the name of its stage, else of its job, else of its command."""
    step = about.payload
    name = step.optional_text("stage") or step.optional_text("job") or step.text("command")
    return TaskUpdated(
        **about.frame("TaskUpdated", about.attempt, "finished"),
        run=about.run,
        attempt=about.attempt,
        task=about.id,
        name=name,
        state="finished",
        outcome=_outcome(step),
        started_at=about.started_at,
        finished_at=about.finished_at,
    )


def _outcome(step: Payload) -> Outcome:
    """A command that a signal ended broke, unless the step itself was told to end: then it was cancelled."""
    code = step.number("exit_code")
    if code == 0:
        return "success"
    if step.flag("cancelled"):
        return "cancelled"
    return "error" if step.flag("not_started") or step.value.get("signal") is not None else "failure"
