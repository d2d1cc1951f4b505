"""The command `pipegauge`. Exit codes: 0 done, 1 failed, 2 wrong use; an error is one line that says what to do."""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import structlog
import typer
from typer.exceptions import TyperException

from deploy.logs import configure_logs
from deploy.redaction import redacted

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


def _address(value: str | None) -> str | None:
    """Of a gateway, as paths are put behind it."""
    if value is not None and not value.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{value!r} is no address of a gateway; write it as http://host:8480")
    return value and value.rstrip("/")


GatewayOption = Annotated[
    str | None,
    typer.Option("--gateway", help="The gateway's address, such as http://host:8480.", callback=_address),
]


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
        # a command that raises typer.Exit comes back as its exit code
        _leave(app(_words(sys.argv[1:]), standalone_mode=False) or 0)
    except typer.Abort:  # a question that was answered with no
        _leave(1)
    except TyperException as wrong:  # wrong use: unknown option, missing argument
        print(_wrong_use(wrong), file=sys.stderr)
        _leave(wrong.exit_code)
    except KeyboardInterrupt:  # Ctrl-C needs no words
        _leave(130)
    except Exception as error:  # everything else that went wrong ends here, as one line
        if _OPTIONS["debug"]:
            print(redacted("".join(traceback.format_exception(error))), end="", file=sys.stderr)
        else:
            print(redacted(f"pipegauge: {error or type(error).__name__}"), file=sys.stderr)
        _leave(1)


def _words(given: list[str]) -> list[str]:
    """The command line with --debug in front, wherever it was said; what `run` wraps is not ours to read."""
    if "--debug" in given and "run" not in given[:2]:
        return ["--debug", *(word for word in given if word != "--debug")]
    return given


def _wrong_use(wrong: TyperException) -> str:
    """One line that names the help; the help itself where a command was called without saying what to do."""
    message = wrong.format_message()
    if "\n" in message:
        return message
    context = getattr(wrong, "ctx", None)
    return f"pipegauge: {message.rstrip('.')}; see `{context.command_path if context else 'pipegauge'} --help`"


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    structlog.reset_defaults()
    os._exit(code) if code == 130 else sys.exit(code)


if __name__ == "__main__":
    from deploy.cli import main as imported  # the commands register on the imported module's app, not on __main__'s

    imported()
