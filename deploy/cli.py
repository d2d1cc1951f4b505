"""The command `pipegauge`. Exit codes: 0 done, 1 failed, 2 wrong use; an error is one line that says what to do."""

import os
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer
from click.exceptions import ClickException

from deploy.logs import configure_logs

app = typer.Typer(
    name="pipegauge",
    help="Live numbers of delivery pipelines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_OPTIONS = {"debug": False}

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="The configuration; else the running stack's, else ./pipegauge.yaml.", show_default=False
    ),
]
DataOption = Annotated[Path, typer.Option("--data", help="The folder of spool, state, logs and endpoints.json.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DATA = Path(".pipegauge")


@app.callback()
def _global(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    _OPTIONS["debug"] = debug
    configure_logs()


def main() -> None:
    """Run the command line; an error that a user can act on is one line, not a traceback."""
    import deploy.commands  # noqa: F401  # the commands register themselves on `app`

    try:
        app(standalone_mode=False)
    except (typer.Exit, typer.Abort) as ended:
        _leave(getattr(ended, "exit_code", 1))
    except ClickException as wrong:  # wrong use: unknown option, missing argument
        wrong.show()
        _leave(wrong.exit_code)
    except KeyboardInterrupt:
        _leave(130)
    except Exception as error:  # everything else that went wrong ends here, as one line
        if _OPTIONS["debug"] or "--debug" in sys.argv:
            raise
        print(f"pipegauge: {error or type(error).__name__}", file=sys.stderr)
        _leave(1)


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    structlog.reset_defaults()
    os._exit(code) if code == 130 else sys.exit(code)


if __name__ == "__main__":
    from deploy.cli import main as imported  # the commands register on the imported module's app, not on __main__'s

    imported()
