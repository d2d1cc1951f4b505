"""What vendors could not deliver: reconcile."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli import DATA, ConfigOption, DataOption, GatewayOption, JsonOption, app
from deploy.commands.configured import config_of
from deploy.configuration import load_for_senders, resolve

if TYPE_CHECKING:  # a command loads its libraries when it is called
    from producers.reconciling.reconciler import Reconciled

_REPOSITORY = re.compile(r"\.?[\w-][\w.-]*(?:/\.?[\w-][\w.-]*)+")


class Vendor(StrEnum):
    """Whose API can be asked."""

    GITHUB = "github"
    GITLAB = "gitlab"


@app.command()
def reconcile(
    vendor: Annotated[Vendor, typer.Argument(help="Whose API to ask.")],
    repositories: Annotated[
        list[str] | None,
        typer.Argument(help="Repositories, such as acme/shop; else those of the catalog.", show_default=False),
    ] = None,
    read: Annotated[
        bool, typer.Option("--read", help="Read runs and changes, and post what is not stored; for longer outages.")
    ] = False,
    since: Annotated[
        str, typer.Option(help="From then on: 2026-03-01, or 7d. Else 3 days, or where the last reading ended.")
    ] = "",
    hook: Annotated[list[int] | None, typer.Option(help="The hook's number, where its address is not told.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is missing.")] = False,
    gateway: GatewayOption = None,
    config: ConfigOption = None,
    data: DataOption = DATA,
    as_json: JsonOption = False,
) -> None:
    """Have redelivered what a vendor could not deliver, or read runs and changes that are not stored.

    It asks as often as the vendor allows, and goes on where it was when it was broken off. Exit code 1 where something
    was redelivered in vain, or became a dead letter.
    """
    from deploy.moments import moment_of
    from deploy.reconcile import Wanted
    from deploy.reconcile import reconcile as again

    _check(repositories or (), hook or (), read)
    loaded = config_of(config, data, load_for_senders)
    moment = moment_of(since, datetime.now(UTC)) if since else None
    wanted = Wanted(vendor.value, repositories or (), read, moment, hook or (), dry_run)
    to = gateway or f"http://{loaded.listen.gateway}"
    done = again(loaded, resolve, wanted, to, (lambda _: None) if as_json else print)
    if as_json:
        print(json.dumps([asdict(one) for one in done]))
    else:
        print("\n".join(_line(one, read) for one in done))
    if any(one.refused or one.dead_letters for one in done):
        raise typer.Exit(1)


def _check(repositories: Sequence[str], hooks: Sequence[int], read: bool) -> None:
    if wrong := [name for name in repositories if not _REPOSITORY.fullmatch(name)]:
        raise typer.BadParameter(f"{wrong[0]!r} is no repository; write owner/name")
    if hooks and read:
        raise typer.BadParameter("--hook is for redelivering, not for --read")


def _line(done: "Reconciled", read: bool) -> str:
    if done.absent:
        return f"{done.repository}: not there, or the token may not see it"
    if read:
        return (
            f"{done.repository}: read {done.read}, missing {done.missing}, posted {done.posted}, "
            f"dead letters {done.dead_letters}"
        )
    if not done.hooks:
        return f"{done.repository}: no hook posts to a gateway; name it with --hook if its address is another"
    return (
        f"{done.repository}: undelivered {done.undelivered}, redelivered {done.redelivered}, "
        f"in vain {done.refused}, hooks {done.hooks}"
    )
