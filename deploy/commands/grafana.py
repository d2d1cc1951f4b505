"""Grafana: render its files, check them, sync them into a running one."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli import DATA, ConfigOption, DataOption, app
from deploy.commands.configured import config_of
from deploy.configuration import load, resolve

grafana = typer.Typer(help="Grafana's boards, data source and alert rules.", no_args_is_help=True)
app.add_typer(grafana, name="grafana")
_DEMO = Path(__file__).parent.parent / "demo/pipegauge.yaml"


@grafana.command("render")
def render(
    check: Annotated[bool, typer.Option("--check", help="Only say which committed files are stale.")] = False,
    alerts: Annotated[
        Path | None, typer.Option("--alerts", help="Print the alert rules of this configuration instead, as a file.")
    ] = None,
) -> None:
    """Write the boards' JSON and the demo's alert rules from their code, SQL and configuration."""
    from grafana import rendering

    if alerts is not None:
        print(rendering.alert_file(load(alerts).alerts), end="")
        return
    stale = rendering.check(load(_DEMO).alerts) if check else rendering.write(load(_DEMO).alerts)
    for path in stale:
        print(f"grafana/{path} is stale; run `pipegauge grafana render`" if check else f"wrote grafana/{path}")
    if check and stale:
        raise typer.Exit(1)


@grafana.command("check")
def check() -> None:
    """Say which committed files are stale."""
    render(check=True)


@grafana.command("sync")
def sync(
    url: Annotated[str | None, typer.Argument(help="Grafana's address; else connections.grafana.url.")] = None,
    token: Annotated[
        str | None,
        typer.Option(help="A service account's token, env:NAME or file:PATH; else connections.grafana.token."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    config: ConfigOption = None,
    data: DataOption = DATA,
) -> None:
    """Bring folder, data source, boards and alert rules of a running Grafana up to date."""
    from deploy.grafana_target import desired_of, target_of
    from grafana.plan import readable
    from grafana.sync import sync as write

    loaded = config_of(config, data)
    connection = loaded.connections.grafana
    address = url or connection.url
    if address is None:
        raise typer.BadParameter("say where Grafana is: `pipegauge grafana sync URL`, or connections.grafana.url")
    target = target_of(loaded, address.rstrip("/"), resolve(token or connection.token))
    write(target, desired_of(loaded), lambda todo: print(readable(todo), flush=True), dry_run=dry_run)
