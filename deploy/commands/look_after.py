"""Set up and look after: topics, migrate, check-config, doctor, docs."""

import logging
import sys
from typing import Annotated

import typer

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption, app
from deploy.commands.configured import config_of
from deploy.configuration import DEFAULT_PATH, load_for_senders, resolve
from schemas.config_text import ConfigError


@app.command()
def topics(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """Make Kafka's topics, and wait until they can be used."""
    from deploy.make_topics import make_topics

    made = make_topics(config_of(config, data), resolve)
    print(f"made {', '.join(made)}" if made else "all topics were there")


@app.command()
def migrate(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """Bring ClickHouse's tables up to date, and the catalog's teams."""
    from deploy.migrate import migrate as apply
    from deploy.teams import write_teams

    loaded = config_of(config, data)
    applied = apply(loaded, resolve)
    write_teams(loaded, resolve)
    print(f"applied {', '.join(applied)}" if applied else "all migrations had been applied")


@app.command("check-config")
def check_config(config: ConfigOption = None) -> None:
    """Read the configuration and say what is wrong with it."""
    try:
        load_for_senders(config or DEFAULT_PATH)
    except ConfigError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"{config or DEFAULT_PATH}: sound")


@app.command()
def doctor(config: ConfigOption = None, data: DataOption = DATA, as_json: JsonOption = False) -> None:
    """Look at everything and say what is wrong and what to do, a line each. Warnings do not fail."""
    from deploy.doctor.check import Check, has_failed, lines
    from deploy.doctor.check import as_json as array_of

    checks: list[Check]
    try:
        loaded = config_of(config, data)
        logging.disable()  # the clients' own words about a server that is away: a line of ours says it
        from deploy.doctor.examine import examine

        checks = examine(loaded, loaded.data)
    except ConfigError as error:  # nothing else can be looked at without it
        checks = [Check("configuration", "fail", *said.partition("; ")[::2]) for said in str(error).splitlines()]
    print(array_of(checks) if as_json else "\n".join(lines(checks)))
    if has_failed(checks):
        raise typer.Exit(1)


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only say which pages are stale.")] = False,
) -> None:
    """Write the pages of docs/ that are made from code."""
    from deploy import docs as pages

    changed = pages.stale() if check else pages.write()
    for name in changed:
        print(f"docs/{name} is stale; run `pipegauge docs`" if check else f"wrote docs/{name}")
    if check and changed:
        raise typer.Exit(1)
