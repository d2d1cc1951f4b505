"""Read what is known: metrics."""

from typing import Annotated, get_args

import typer

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption, app
from deploy.commands.configured import config_of
from deploy.configuration import resolve
from schemas.metrics import WindowName


@app.command()
def metrics(
    config: ConfigOption = None,
    data: DataOption = DATA,
    service: Annotated[str | None, typer.Option(help="One service.")] = None,
    team: Annotated[str | None, typer.Option(help="One team.")] = None,
    org: Annotated[bool, typer.Option("--org", help="The whole organisation.")] = False,
    window: Annotated[str | None, typer.Option(help="1h, 24h, 7d, 28d or 90d.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The numbers as they are now."""
    from deploy.metrics_now import Wanted, as_array, as_table, read

    if window is not None and window not in get_args(WindowName):
        raise typer.BadParameter(f"{window!r} is no window; use one of {', '.join(get_args(WindowName))}")
    try:
        wanted = Wanted.of(service, team, org, window)
    except ValueError as error:  # several scopes
        raise typer.BadParameter(str(error)) from None
    points = read(config_of(config, data), resolve, wanted)
    if as_json:
        print(as_array(points))
    else:
        as_table(points)
