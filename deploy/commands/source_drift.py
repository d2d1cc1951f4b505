"""What has changed in what vendors send: source drift."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption
from deploy.commands.configured import config_of
from deploy.commands.source import sources
from deploy.configuration import load_for_senders, resolve


@sources.command()
def drift(
    name: Annotated[str, typer.Argument(help="The source; else all.", show_default=False)] = "",
    since: Annotated[
        str, typer.Option(help="What came from then on is compared with what came before: 2026-03-01, or 7d.")
    ] = "7d",
    config: ConfigOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Fields that appeared, vanished or changed their type in a vendor's payloads, counted and named.

    Exit code 1 where a field vanished or changed its type: a mapping that reads it will break.
    """
    from deploy.moments import moment_of
    from deploy.source_drift import drifted, lines

    now = datetime.now(UTC)
    found = drifted(config_of(config, data, load_for_senders), resolve, name, moment_of(since, now), now)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
    else:
        print("\n".join(lines(found)) or f"nothing drifted since {since}")
    if any(one.change != "appeared" for one in found):
        raise typer.Exit(1)
