"""A CI step, wrapped."""

from typing import Annotated

import typer

from deploy.cli import app

_AS_THEY_STAND = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


@app.command("run", context_settings=_AS_THEY_STAND)
def wrap(words: Annotated[list[str] | None, typer.Argument(metavar="[OPTIONS] -- CMD")] = None) -> None:
    """Wrap a step of a CI job: tell of its time, its end and its reports."""
    from producers.ci_step import main  # deploy.start does this sooner; here it is one of all commands

    raise typer.Exit(main(words or []))
