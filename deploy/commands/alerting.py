"""Alerts: play a timeline against the rules."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli import ConfigOption, app

alerts = typer.Typer(help="Rules of alerts.", no_args_is_help=True)
app.add_typer(alerts, name="alerts")


@alerts.callback()
def _group() -> None:
    """Rules of alerts."""  # with a callback, a single command keeps its name


@alerts.command("test")
def play(
    file: Annotated[Path, typer.Argument(help="The timelines: points by the minute, and the alerts expected.")],
    config: ConfigOption = None,
) -> None:
    """Play timelines against the rules; each expectation that is not met is one line."""
    from deploy.rehearse import rehearse

    wrong, played = rehearse(file, config)
    for line in wrong:
        print(f"{file}: {line}", file=sys.stderr)
    if wrong:
        raise typer.Exit(1)
    print(f"{file}: {played} timelines as expected")
