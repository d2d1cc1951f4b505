"""Everything on this machine: up, and demo, which feeds it."""

import logging
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import DATA, ConfigOption, DataOption, JsonOption, app
from deploy.configuration import DEFAULT_PATH, load_for_senders
from deploy.logs import configure_logs


@app.command()
def up(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """Start Kafka, ClickHouse and every process, until Ctrl-C."""
    from deploy.stack import running

    configure_logs(logging.WARNING)
    console = Console(stderr=True)
    origin = config or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    with running(load_for_senders(origin), data, console.print, origin=origin) as stack:
        stop = stop_event()  # only now: until everything runs, Ctrl-C breaks off whatever is waited for
        console.print(f"gateway {stack.gateway}/hooks/github\nboard   {stack.board}\nCtrl-C ends everything")
        while not stop.is_set():
            stack.wait(0.5)
        console.print("stopping …")


@app.command()
def rebuild(config: ConfigOption = None, data: DataOption = DATA) -> None:
    """Compute everything anew from the stored events, by the catalog of now. Worker and store must be stopped.

    Of an embedded stack, Kafka and ClickHouse are started for it, and without --config its catalog is that of the file
    that the stack was last started with. Run it again if it broke off.
    """
    from deploy.endpoints import last_origin
    from deploy.rebuild.anew import rebuild as anew
    from deploy.stack import running

    configure_logs(logging.WARNING)
    console = Console(stderr=True, highlight=False)
    origin = config or last_origin(data) or (DEFAULT_PATH if DEFAULT_PATH.exists() else None)
    chosen = load_for_senders(origin)
    is_embedded = "connections" not in chosen.model_fields_set and (data / "kafka").is_dir()
    if is_embedded:
        console.print(f"rebuilding the stack in {data} by {origin or 'no catalog'}", soft_wrap=True)
        with running(chosen, data, console.print, services=(), origin=origin) as stack:
            anew(stack.config, console.print, gateways_may_run=False)
    else:
        anew(chosen if data == DATA else chosen.model_copy(update={"data": data}), console.print, gateways_may_run=True)
    console.print("done: every number is computed from the stored events")


@app.command()
def demo(
    data: DataOption = DATA,
    repo: Annotated[list[Path] | None, typer.Option(help="A git repository whose history is imported too.")] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Live deliveries a second.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Which company is simulated.")] = 1,
    once: Annotated[bool, typer.Option("--once", help="The fortnight and 30 s live, then check and end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Start everything and feed it with a simulated company's work and with real git history."""
    from deploy.demo.show import Plan, show

    configure_logs(logging.WARNING)
    raise typer.Exit(show(Plan(data, tuple(repo or ()), rate, seed, once, as_json), stop_event))


def stop_event() -> threading.Event:
    """Set by SIGINT and SIGTERM, so that every block ends in order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
