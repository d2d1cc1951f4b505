"""The gateway as a process: it serves until SIGTERM or SIGINT, answers what it has begun, and ends."""

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from starlette.types import ASGIApp

from producers.durability import Keeper
from producers.http import Hooks, MetricsText, Rules, application
from producers.opening import open_sources
from producers.publisher import Publisher, producer_settings
from producers.redaction import Redaction
from producers.spool import Spool
from schemas.catalog import Catalog
from schemas.config import Config
from schemas.instruments import gauge, tally
from schemas.topics import DEAD_LETTERS, DELIVERIES, EVENTS

log = structlog.get_logger()

SPOOL_FILE = "spool.sqlite"
_HEADER_DEADLINE_MS = 5_000
_DRAIN_S = 10.0
_MOST_REQUESTS = 1_024
_reloads = tally("pipegauge.config.reloads")


def run(
    config: Config,
    resolve: Callable[[str], str],
    metrics_text: MetricsText,
    read_again: Callable[[], Config],
    reached: Callable[[str], None],
) -> None:
    """Serves the gateway at `config.listen.gateway`. Raises UnknownSource for a configured source that nobody wrote.

    `resolve` turns a secret reference into its value, `metrics_text` is what /metrics answers, `read_again` reads the
    configuration anew, at SIGHUP; `reached` is told the points at which a test may end the process
    (producers.http.Hooks). Raises SpoolLocked where another gateway has the data folder.
    """
    rules = rules_of(config, resolve)
    uvloop.run(serve(config, rules, resolve, metrics_text, lambda: rules_of(read_again(), resolve), reached))


def rules_of(config: Config, resolve: Callable[[str], str]) -> Rules:
    """The rules of a configuration. Raises UnknownSource, or LookupError for a secret that cannot be read."""
    redaction = Redaction(config.redact)
    return Rules(open_sources(config, resolve), Catalog(config.services), datetime.now(UTC), redaction)


async def serve(
    config: Config,
    rules: Rules,
    resolve: Callable[[str], str],
    metrics_text: MetricsText,
    read_again: Callable[[], Rules],
    reached: Callable[[str], None] = lambda _point: None,
) -> None:
    """Serves by `rules` until SIGTERM or SIGINT, then ends within 10 seconds. Raises SpoolLocked.

    At SIGHUP the rules are those of `read_again`; where it raises, the old ones stay.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    spool = Spool(config.data / SPOOL_FILE, config.gateway.spool_max_bytes)
    settings = producer_settings(config.connections.kafka, resolve)
    keeper = Keeper(Publisher(settings, (DELIVERIES, EVENTS, DEAD_LETTERS)), spool)
    salt = resolve(config.salt).encode()
    hooks = Hooks(rules, salt, keeper, config.gateway.body_deadline, reached)
    loop.add_signal_handler(signal.SIGHUP, reload, hooks, read_again)
    gauge("pipegauge.spool.depth", lambda: keeper.spool_depth)
    gauge("pipegauge.freshness", hooks.freshness)
    server = _server(application(hooks, keeper, version("pipegauge"), metrics_text), config.listen.gateway)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    names = sorted(rules.sources)
    log.info("gateway serves", address=config.listen.gateway, sources=names, spooled=keeper.spool_depth)
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await _end(server, serving, hooks, keeper)


def reload(hooks: Hooks, read_again: Callable[[], Rules]) -> None:
    """Takes deliveries in by what the configuration says now. What is wrong with it is said, and the old rules stay."""
    try:
        hooks.rules = read_again()
    except Exception as error:  # the file's fault, a secret's or the disk's: deliveries go on as before
        hooks.fault = str(error)
        _reloads.add("refused")
        log.error("the configuration is refused; the old one stays in force", reason=str(error))
    else:
        hooks.fault = None
        _reloads.add("taken")
        log.info("the configuration was read anew", sources=sorted(hooks.rules.sources))


async def _end(server: Server, serving: asyncio.Task[None], hooks: Hooks, keeper: Keeper) -> None:
    ended_by_itself = serving.done()
    deadline = time.monotonic() + _DRAIN_S
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait([serving], timeout=_DRAIN_S / 2)
    await hooks.all_answered(_DRAIN_S / 4)
    await keeper.close(max(0.5, deadline - 1 - time.monotonic()))
    log.info("gateway ended", unanswered=hooks.in_flight, spooled=keeper.spool_depth)
    if ended_by_itself:
        raise RuntimeError("the HTTP server ended by itself; see the lines above, then start the gateway again")


def _server(app: ASGIApp, address: str) -> Server:
    host, _, port = address.rpartition(":")
    return Server(
        app,
        host.strip("[]"),
        int(port),
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=_MOST_REQUESTS,
        backpressure=_MOST_REQUESTS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_DEADLINE_MS),
        log_enabled=False,
        log_access=False,
    )
