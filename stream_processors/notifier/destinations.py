"""Who is told: addresses of apprise, and Alertmanagers. Their names are public, their addresses are secrets."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import requests

from schemas.alert_rules import Notify
from schemas.alerts import Alert
from schemas.destinations import ALERTMANAGER, check_http, destination_name, scheme_of
from stream_processors.alerting.wording import Message
from stream_processors.notifier import guard
from stream_processors.notifier.alertmanager import PATH, posted
from stream_processors.notifier.lanes import Attempt

CONNECT_SECONDS = 4.0
READ_SECONDS = 8.0

_TYPES = {"info": "info", "warning": "warning", "critical": "failure"}


class DestinationRefused(ValueError):
    """An address that cannot be used: one line that names its place in the file, never the address."""


class Transport(Protocol):
    """Sends one message; whether it was taken. May raise anything."""

    def __call__(self, alert: Alert, message: Message) -> bool: ...


@dataclass(frozen=True)
class Destination:
    """One place where messages go."""

    name: str
    send: Transport


def destinations(notify: Notify, resolve: Callable[[str], str]) -> Mapping[str, Sequence[Destination]]:
    """The destinations of each route, their secrets read. Raises DestinationRefused, and what `resolve` raises."""
    found: dict[str, list[Destination]] = {}
    for name, route in notify.routes.items():
        found[name] = []
        for number, reference in enumerate(route.urls, 1):
            url, place = resolve(reference), f"notify.routes.{name}.urls[{number - 1}]"
            kind = _checked(scheme_of, url, place)
            found[name].append(Destination(destination_name(name, kind, number), _apprise(url, place, notify.board)))
        for number, reference in enumerate(route.alertmanagers, 1):
            url = resolve(reference)
            _checked(check_http, url, f"notify.routes.{name}.alertmanagers[{number - 1}]")
            found[name].append(Destination(destination_name(name, ALERTMANAGER, number), _alertmanager(url)))
    return found


def attempt(destination: Destination, alert: Alert, message: Message, passage: guard.Passage) -> Attempt:
    """One attempt, within `passage`, and how it ended."""
    reason = ""
    try:
        is_taken = destination.send(alert, message)
    except Exception as error:  # a defect of one plugin must not end the sending; its text may hold the address
        is_taken, reason = False, type(error).__name__
    if is_taken and not passage.is_redirected:
        return Attempt("sent")
    return Attempt("failed", passage.answered, _reason(passage) or reason or "not taken")


def _reason(passage: guard.Passage) -> str:
    if passage.refusal is not None:
        return f"refused: {passage.refusal}"
    if passage.is_redirected:
        return f"HTTP {passage.status}; redirects are not followed, name the final address"
    if passage.was_cut_off:
        return "too slow"
    if passage.status is not None:
        return f"HTTP {passage.status}"
    return passage.error or ""


def _checked(check: Callable[[str], Any], url: str, place: str) -> Any:
    try:
        return check(url)
    except ValueError as error:
        raise DestinationRefused(f"{place}: {error}") from None  # the cause may hold the address


def _apprise(url: str, place: str, board: str) -> Transport:
    import apprise  # 16 MB that a notifier without such addresses does not need

    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # their lines name addresses, hence tokens
    asset = apprise.AppriseAsset(
        app_id="pipegauge",
        app_desc="pipegauge",
        app_url=board,
        async_mode=False,
        http_redirects=False,
        pem_autogen=False,
        pgp_autogen=False,
        service_timeout=0,  # in the lane's own thread; the lane keeps the time
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    plugin = apprise.Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise DestinationRefused(f"{place}: apprise cannot read this address; compare it with apprise's page on it")
    sender = apprise.Apprise(asset=asset)
    sender.add(plugin)

    def send(alert: Alert, message: Message) -> bool:
        kind = "success" if alert.state == "resolved" else _TYPES[alert.severity]
        body = f"{message.body}\n\nid: {alert.id}"
        return bool(sender.notify(body, message.title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT))

    return send


def _alertmanager(url: str) -> Transport:
    endpoint = url.rstrip("/") + PATH

    def send(alert: Alert, message: Message) -> bool:
        body = posted(alert, message)
        return requests.post(endpoint, json=body, timeout=(CONNECT_SECONDS, READ_SECONDS)).ok

    return send
