"""Again: what was dead, or would be another today, goes once more through normalise."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption, app
from deploy.commands.configured import config_of
from deploy.configuration import load_for_senders, resolve
from schemas.config import Config

if TYPE_CHECKING:  # a command loads its libraries when it is called
    from deploy.replay import Replayed
    from deploy.replay_diff import Compared
    from producers.comparing import Difference
    from producers.replaying import Revived, StillDead
    from schemas.deliveries import DeadLetter

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@app.command()
def replay(
    dead_letters: Annotated[bool, typer.Option("--dead-letters", help="Replay what no mapping fitted.")] = False,
    reason: Annotated[str, typer.Option(help="Only letters whose reason contains this.")] = "",
    source: Annotated[str, typer.Option(help="Only what came from this source.")] = "",
    since: Annotated[
        str, typer.Option(help="Only deliveries from then on: 2026-03-01, 2026-03-01T10:00:00Z, or 7d for a week.")
    ] = "",
    diff: Annotated[bool, typer.Option("--diff", help="Say what would be another; publish nothing.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="With --diff: publish what was added or changed.")] = False,
    config: ConfigOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Put what is stored through the mapping of now: the dead letters, or with --diff alone every delivery.

    A dead letter that fits becomes events once, and is marked. --diff alone compares with the stored events; exit code
    1 where something differs and is not applied.
    """
    _check(dead_letters, reason, since, diff, apply)
    loaded = config_of(config, data, load_for_senders)
    if dead_letters:
        _replay_dead_letters(loaded, source, reason, diff, as_json)
    else:
        _compare(loaded, source, since, apply, as_json)


def _check(dead_letters: bool, reason: str, since: str, diff: bool, apply: bool) -> None:
    if not dead_letters and not diff:
        raise typer.BadParameter("say what to replay: --dead-letters, or --diff for every delivery")
    if dead_letters and (since or apply):
        raise typer.BadParameter("--since and --apply are for --diff without --dead-letters")
    if reason and not dead_letters:
        raise typer.BadParameter("--reason is for --dead-letters")


def _replay_dead_letters(config: Config, source: str, reason: str, diff: bool, as_json: bool) -> None:
    from deploy.replay import replay as again

    done = again(config, resolve, source, reason, diff, _tell if diff else _silent)
    if as_json:
        print(json.dumps(_as_object(done)))
        return
    print(f"{'would replay' if diff else 'replayed'} {done.accepted + done.ignored}, events {done.events}")
    for (of, why), count in Counter((letter.source, still.reason) for letter, still in done.still_dead).items():
        print(f"still dead {count}: {of}: {why}")
    for stage, count in done.others.items():
        print(f"of the stage {stage} {count}: no mapping revives these; their events are kept as they came")
    if not done.stored:
        print("the store has not written the marks yet; is `pipegauge store` running?")


def _silent(*_: object) -> None:
    """Nothing is told of a single letter."""


def _tell(letter: "DeadLetter", outcome: "Revived | StillDead") -> None:
    """A letter, and what it would become."""
    from producers.replaying import StillDead
    from schemas.topics import EVENTS

    print(f"{letter.id} {letter.source} {letter.event_name or '?'}: {letter.reason}")
    if isinstance(outcome, StillDead):
        print(f"  = still dead: {outcome.reason}")
        return
    for record in outcome.intake.records:
        if record.topic == EVENTS:
            print(f"  + {record.key.decode()}: {record.value.decode()}")
    if not outcome.intake.events:
        print("  + ignored")


def _as_object(done: "Replayed") -> dict[str, Any]:
    still = [
        {"delivery": letter.id, "source": letter.source, "reason": outcome.reason, "field": outcome.field}
        for letter, outcome in done.still_dead
    ]
    return {
        "accepted": done.accepted,
        "ignored": done.ignored,
        "events": done.events,
        "still_dead": still,
        "other_stages": done.others,
        "stored": done.stored,
    }


def _compare(config: Config, source: str, since: str, apply: bool, as_json: bool) -> None:
    from deploy.moments import moment_of
    from deploy.replay_diff import Chosen, compare
    from schemas.model import FIRST_MOMENT

    now = datetime.now(UTC)
    chosen = Chosen(source, moment_of(since, now) if since else FIRST_MOMENT, now)
    found: list[Difference] = []
    done = compare(config, resolve, chosen, apply, found.append if as_json else _tell_difference)
    if as_json:
        print(json.dumps(_compared_as_object(done, found)))
    else:
        _tell_compared(done, apply)
    if done.differs and not apply:
        raise typer.Exit(1)


def _tell_difference(one: "Difference") -> None:
    print(f"{_SIGNS[one.kind]} {one.type} {one.id} of {one.source}, delivery {one.delivery}")
    for name, (before, after) in one.fields.items():
        change = f"{json.dumps(before)} → " if one.kind == "changed" else ""
        print(f"    {name}: {change}{json.dumps(after)}")


def _tell_compared(done: "Compared", apply: bool) -> None:
    kinds = ", ".join(f"{kind} {done.kinds[kind]}" for kind in _SIGNS)
    print(f"{kinds}, of {done.events} events from {done.deliveries} deliveries")
    for name, count in done.changed_fields.most_common():
        print(f"changed {count}: {name}")
    for what, found in (("would be dead", done.dead), ("not read", done.unread)):
        for (of, why), count in Counter((one.source, one.reason) for one in found).items():
            print(f"{what} {count}: {of}: {why}")
    if apply:
        print(f"published {done.applied}; what was removed stays: see docs/operate.md for how to delete it")
    elif done.differs:
        print("nothing was written; --apply publishes what was added or changed")


def _compared_as_object(done: "Compared", found: "list[Difference]") -> dict[str, Any]:
    return {
        "deliveries": done.deliveries,
        "events": done.events,
        **{kind: done.kinds[kind] for kind in _SIGNS},
        "changed_fields": dict(done.changed_fields.most_common()),
        "applied": done.applied,
        "would_be_dead": [asdict(one) for one in done.dead],
        "not_read": [asdict(one) for one in done.unread],
        "differences": [asdict(one) for one in found],
    }
