"""Again: what was dead goes once more through normalise."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption, app
from deploy.commands.configured import config_of
from deploy.configuration import load_for_senders, resolve

if TYPE_CHECKING:  # a command loads its libraries when it is called
    from deploy.replay import Replayed
    from producers.replaying import Revived, StillDead
    from schemas.deliveries import DeadLetter


@app.command()
def replay(
    dead_letters: Annotated[bool, typer.Option("--dead-letters", help="Replay what no mapping fitted.")] = False,
    reason: Annotated[str, typer.Option(help="Only letters whose reason contains this.")] = "",
    source: Annotated[str, typer.Option(help="Only letters of this source.")] = "",
    diff: Annotated[bool, typer.Option("--diff", help="Say what would become of each; publish nothing.")] = False,
    config: ConfigOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Put dead letters through the mapping of now; each that fits becomes events once, and is marked."""
    from deploy.replay import replay as again

    if not dead_letters:
        raise typer.BadParameter("say what to replay: --dead-letters")
    done = again(config_of(config, data, load_for_senders), resolve, source, reason, diff, _tell if diff else _silent)
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
