"""Bring deliveries in, or try what would become of them: send, normalise, import git."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import DATA, ConfigOption, DataOption, GatewayOption, JsonOption, app
from deploy.commands.configured import config_of, own_file
from deploy.configuration import load_for_senders, resolve
from schemas.config import Config

imports = typer.Typer(help="Import what happened before.", no_args_is_help=True)
app.add_typer(imports, name="import")

SourceOption = Annotated[str, typer.Option(help="The source that the payload is of, such as github.")]
HeadersOption = Annotated[Path | None, typer.Option(help="A JSON file with the request's headers.", exists=True)]
FileArgument = Annotated[Path, typer.Argument(help="The payload's file.", exists=True, dir_okay=False)]


@app.command()
def send(
    file: FileArgument,
    source: SourceOption,
    event: Annotated[
        str, typer.Option(help="The vendor's event name, such as workflow_run, where a header has it.")
    ] = "",
    headers: HeadersOption = None,
    gateway: GatewayOption = None,
    config: ConfigOption = None,
    data: DataOption = DATA,
) -> None:
    """Sign a payload as its vendor would, and post it."""
    from deploy.import_git import secret_of
    from producers.opening import source_of
    from producers.sender import send as post_signed

    loaded = config_of(config, data, load_for_senders)
    of, body, secret = source_of(source, loaded), file.read_bytes(), secret_of(loaded, source)
    answer = post_signed(gateway or _gateway(loaded), of, event, body, secret, given=_json_headers(headers))
    print(answer.model_dump_json())


@app.command()
def normalise(
    file: FileArgument,
    source: SourceOption,
    event: Annotated[
        str, typer.Option(help="The vendor's event name, such as workflow_run, where a header has it.")
    ] = "",
    headers: HeadersOption = None,
    config: ConfigOption = None,
    data: DataOption = DATA,
) -> None:
    """Say what would become of a payload, a JSON line for each event. Its signature is not looked at.

    While a stack runs, what is tried is its configuration's file as it is now, so that a mapping can be tried before
    the stack is told of it.
    """
    from producers.body import BODY_CAP
    from producers.gateway import TooLarge, explain
    from producers.opening import source_of
    from producers.redaction import Redaction
    from producers.sender import named
    from producers.source import Refused
    from schemas.deliveries import Delivery

    loaded = load_for_senders(config or own_file(data))
    of = source_of(source, loaded)
    given = {"content-type": "application/json", **_json_headers(headers), **named(of, event)}
    delivery = Delivery(source, given, file.read_bytes(), None, datetime.now(UTC))
    try:
        if len(delivery.body) > BODY_CAP:
            raise TooLarge(f"the body may have {BODY_CAP:,} bytes at most")
        lines = explain(delivery, of, _salt(config_of(config, data)), Redaction(loaded.redact))
    except Refused as refused:
        print(f"pipegauge: {refused.status} {refused.title}: {refused.detail}", file=sys.stderr)
        raise typer.Exit(1) from None
    print("\n".join(lines))


@imports.command("git")
def import_repository(
    path: Annotated[Path, typer.Argument(help="The repository.", exists=True, file_okay=False)],
    service: Annotated[str | None, typer.Option(help="File it under this name, not the repository's own.")] = None,
    deploy_tags: Annotated[str, typer.Option(help="Which tags are deployments to production.")] = "*",
    gateway: GatewayOption = None,
    config: ConfigOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """A repository's real history: its commits, merges and squashes, and its tags as deployments."""
    from deploy.import_git import import_git

    loaded = config_of(config, data)
    done = import_git(loaded, path, gateway or _gateway(loaded), Console(stderr=True), service, deploy_tags)
    counts = {
        "repository": done.name,
        "commits": done.commits,
        "tags": done.tags,
        "deliveries": done.deliveries,
        "events": done.events,
        "dead_letters": done.dead_letters,
    }
    print(json.dumps(counts) if as_json else ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items()))


def _gateway(config: Config) -> str:
    return f"http://{config.listen.gateway}"


def _json_headers(file: Path | None) -> dict[str, str]:
    try:
        given = dict(json.loads(file.read_text(encoding="utf-8"))) if file else {}
    except (ValueError, TypeError) as error:  # not UTF-8, not JSON, or not an object
        raise typer.BadParameter(f"{file} is no JSON object of header names and values ({error})") from None
    return {name.lower(): str(value) for name, value in given.items()}


def _salt(config: Config) -> bytes:
    """The configured salt; a dry run works without one."""
    try:
        return resolve(config.salt).encode()
    except LookupError:  # nothing is kept, so hashes that differ from the gateway's do no harm
        return b""
