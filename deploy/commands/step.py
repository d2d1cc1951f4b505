"""A CI step, wrapped."""

import sys

import typer

from deploy.cli import app

_AS_IT_STANDS = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


@app.command("run", context_settings=_AS_IT_STANDS)
def wrap(words: list[str] = typer.Argument(None, metavar="[OPTIONS] -- CMD")) -> None:  # noqa: B008
    """Wrap a step of a CI job: [--stage S] [--tests GLOB] [--coverage GLOB] [--sarif GLOB] [--manual-tests FILE]."""
    from producers.ci_step import leave, main

    # The parser of the other commands loses the first `--`; deploy.start does not come here at all.
    leave(main(sys.argv[sys.argv.index("run") + 1 :]))
