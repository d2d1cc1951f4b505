"""`pipegauge demo`: the stack, fed with a simulated company and real git history; with --once, checked at the end."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from clickhouse_driver import Client
from rich.console import Console

from deploy.configuration import load, resolve
from deploy.demo.feed import Feed
from deploy.demo.poster import Tally
from deploy.demo.signing import as_each_tool, as_github
from deploy.demo.summary import Result, print_summary
from deploy.demo.warehouse.deliveries import SOURCES
from deploy.demo.warehouse.deliveries import deliveries as warehouse_deliveries
from deploy.import_git import import_git
from deploy.settled import NotSettled, answered_events, wait_until_settled
from deploy.stack import Stack, running
from schemas.connections import client_arguments
from schemas.deliveries import Answer, Secret

PAST = timedelta(days=14)
LIVE_S = 30.0
LIVE_FROM = timedelta(seconds=60)
"""Live work begins this long ago, and is told from there at once: its stories have got going when somebody looks."""
SETTLE_S = 90.0
IMPORTED = "imported.jsonl"
WAREHOUSE = "warehouse"
WAREHOUSE_SHARE = 0.25
"""Of the live deliveries."""
COMPANY = Path(__file__).with_name("pipegauge.yaml")
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Plan:
    """What to show: where, which repositories' histories, how many live deliveries a second, once or for ever."""

    data: Path
    repositories: tuple[Path, ...]
    rate: float
    seed: int
    once: bool
    as_json: bool


def show(plan: Plan, stop_event: Callable[[], threading.Event]) -> int:
    """Run the demo until the event of `stop_event` is set, or once; the exit code."""
    console = Console(stderr=True)
    with running(load(COMPANY), plan.data, console.print, origin=COMPANY) as stack:
        stop = stop_event()  # only now: until everything runs, Ctrl-C breaks off whatever is waited for
        console.print(f"board   {stack.board}\ngateway {stack.gateway}/hooks/github", highlight=False)
        result = asyncio.run(_feed(plan, stack, stop, console))
        if result is None:
            console.print("stopping …")
            return 1 if plan.once else 0  # broken off, it has checked nothing
        if plan.as_json:
            print(orjson.dumps(asdict(result)).decode())
        else:
            print_summary(result, stack.config, resolve)
    return 0 if result.problem is None else 1


async def _feed(plan: Plan, stack: Stack, stop: threading.Event, console: Console) -> Result | None:
    """Post everything; the result of a show once, None when stopped. Raises ChildFailed."""
    ended = asyncio.Event()
    watch = asyncio.create_task(_watch(stack, stop, ended))
    folder = plan.data / "demo"
    secrets = {name: Secret(resolve(f"file:{plan.data / 'secrets' / name}").encode()) for name in ("github", *SOURCES)}
    until = datetime.now(UTC) - LIVE_FROM
    told: dict[str, Any] = {"seed": plan.seed, "start": until - PAST, "stop": ended}
    shop = Feed(stack.gateway, as_github(secrets["github"]), folder, **told)
    warehouse = Feed(stack.gateway, as_each_tool(secrets), folder / WAREHOUSE, **told, deliveries=warehouse_deliveries)
    async with shop, warehouse:
        imported = await asyncio.to_thread(_import, plan, stack, ended.is_set, console)
        await shop.backfill(until, console)
        await warehouse.backfill(until, console)
        live_from = datetime.now(UTC)
        console.print(f"live work at {plan.rate:g} deliveries/s …")
        seconds = LIVE_S if plan.once else None
        await asyncio.gather(
            shop.live(plan.rate * (1 - WAREHOUSE_SHARE), seconds), warehouse.live(plan.rate * WAREHOUSE_SHARE, seconds)
        )
        if ended.is_set():
            await watch
            return None
        watch.cancel()
        tally = shop.tally + warehouse.tally
        return await asyncio.to_thread(_result, plan, stack, tally, imported, live_from)


async def _watch(stack: Stack, stop: threading.Event, ended: asyncio.Event) -> None:
    """Tell the feed when the user, or a process that cannot run, ends the show. Raises ChildFailed."""
    try:
        while not stop.is_set():
            await asyncio.to_thread(stack.wait, 0.3)
    finally:
        ended.set()


def _import(plan: Plan, stack: Stack, is_stopped: Callable[[], bool], console: Console) -> int:
    imported = 0
    answered = (plan.data / "demo" / IMPORTED).open("ab", buffering=0)

    def note(answer: Answer) -> None:
        answered.write(orjson.dumps(answer.model_dump(), option=orjson.OPT_APPEND_NEWLINE))

    for repository in (CHECKOUT, *plan.repositories):
        if (repository / ".git").exists() and not is_stopped():
            imported += import_git(stack.config, repository, stack.gateway, console, note=note).deliveries
        elif repository != CHECKOUT:
            console.print(f"{repository} is no git repository; its history is left out")
    answered.close()
    return imported


def _result(plan: Plan, stack: Stack, tally: Tally, imported: int, live_from: datetime) -> Result:
    connection = stack.config.connections.clickhouse
    client = Client(**client_arguments(connection, resolve(connection.password)))
    folder = plan.data / "demo"
    files = (folder / "answered.jsonl", folder / WAREHOUSE / "answered.jsonl", folder / IMPORTED)
    answered = {id_ for file in files for id_ in answered_events(file)}

    def stored() -> set[str]:
        return {str(id_) for (id_,) in client.execute("SELECT DISTINCT id FROM events")}

    problem = None
    try:
        wait_until_settled(plan.data, lambda: len(answered - stored()), SETTLE_S)
    except NotSettled as error:  # the figures are shown all the same, with what is wrong
        problem = str(error)
    ((p50, p99),) = _latencies(client, live_from)
    return Result(tally, imported, len(answered), len(answered & stored()), p50, p99, problem)


def _latencies(client: Client, since: datetime) -> Any:
    return client.execute(
        "SELECT quantileExactOrNull(0.5)(s), quantileExactOrNull(0.99)(s) FROM (SELECT "
        "(toUnixTimestamp64Milli(stored_at) - toUnixTimestamp64Milli(received_at)) / 1000 AS s "
        "FROM events FINAL WHERE received_at >= fromUnixTimestamp64Milli(%(since)s))",
        {"since": round(since.timestamp() * 1000)},
    )
