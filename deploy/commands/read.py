"""Read what is known: metrics, explain."""

from typing import Annotated, get_args

import typer

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption, app
from deploy.commands.configured import config_of
from deploy.configuration import resolve
from schemas.metrics import WindowName


def _check_window(window: str | None) -> None:
    if window is not None and window not in get_args(WindowName):
        raise typer.BadParameter(f"{window!r} is no window; use one of {', '.join(get_args(WindowName))}")


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

    _check_window(window)
    try:
        wanted = Wanted.of(service, team, org, window)
    except ValueError as error:  # several scopes
        raise typer.BadParameter(str(error)) from None
    points = read(config_of(config, data), resolve, wanted)
    if as_json:
        print(as_array(points))
    else:
        as_table(points)


@app.command()
def explain(
    service: Annotated[str, typer.Option(help="The service.")],
    metric: Annotated[str, typer.Option(help="The metric, such as cycle_time.")],
    config: ConfigOption = None,
    data: DataOption = DATA,
    part: Annotated[str, typer.Option(help="The pipeline, gate or stage; else the whole.")] = "",
    window: Annotated[str, typer.Option(help="1h, 24h, 7d, 28d or 90d.")] = "7d",
    as_json: JsonOption = False,
) -> None:
    """How a number came about: its formula, its window, the observations and events it is made of."""
    from deploy.explain import explain as read
    from deploy.explained import as_json as object_of
    from deploy.explained import lines
    from deploy.metrics_now import value_in_words

    _check_window(window)
    found = read(config_of(config, data), resolve, service, metric, part, window)
    if as_json:
        print(object_of(found))
        return
    values = [value_in_words(found.metric, fact.value / fact.weight) for fact in found.facts]
    print("\n".join(lines(found, value_in_words(found.metric, found.point.value), values)))
