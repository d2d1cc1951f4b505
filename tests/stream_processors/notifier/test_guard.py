"""No message leaves for where it must not go, whatever a name resolves to and whatever an endpoint answers."""

import smtplib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from schemas.alert_rules import Notify, Route
from stream_processors.alerting.wording import message
from stream_processors.notifier import guard
from stream_processors.notifier.addresses import Allowed
from stream_processors.notifier.destinations import attempt, destinations
from stream_processors.notifier.guard import AddressRefused, passage
from stream_processors.notifier.lanes import Attempt
from tests.stream_processors.notifier.changes import change
from tests.stream_processors.notifier.endpoints import dead_port, drip, endpoint, listening, status

LOOPBACK = Allowed(["127.0.0.0/8"])
NOTHING = Allowed([])
METADATA = "http://169.254.169.254/latest/meta-data/"


def tell(url: str, allowed: Allowed = LOOPBACK) -> Attempt:
    """One attempt to tell a webhook, through apprise."""
    [found] = destinations(Notify(routes={"oncall": Route(urls=(url,))}), lambda reference: reference)["oncall"]
    with passage(allowed, "the-id") as current:
        return attempt(found, change(), message(change(), "http://board"), current)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lets a name resolve to one address after the other; returns the list of questions asked."""
    asked: list[str] = []

    def of(name: str, *answers: list[str]) -> list[str]:
        original, left = guard._getaddrinfo, list(answers)

        def resolve(host: Any, port: Any, *arguments: Any) -> Any:
            if host != name:
                return original(host, port, *arguments)
            asked.append(host)
            addresses = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(guard, "_getaddrinfo", resolve)
        return asked

    return of


def test_a_message_arrives_with_its_id() -> None:
    with endpoint(status(200)) as good:
        assert tell(f"json://127.0.0.1:{good.port}/hook") == Attempt("sent")
        [(path, headers, body)] = good.requests
    assert path == "/hook"
    assert headers["x-pipegauge-id"] == "the-id"
    assert change().id.encode() in body


def test_loopback_is_refused_unless_it_is_allowed() -> None:
    with listening() as (port, knocks):
        told = tell(f"json://127.0.0.1:{port}/", NOTHING)
        time.sleep(0.1)
    assert told.outcome == "failed"
    assert "127.0.0.1 is loopback; if it is meant, name its host or network in notify.allow_private" in told.reason
    assert knocks == []


def test_a_redirect_is_not_followed() -> None:
    with listening() as (port, knocks), endpoint(status(302, location=f"http://127.0.0.1:{port}/")) as moved:
        told = tell(f"json://127.0.0.1:{moved.port}/")
        time.sleep(0.1)
    assert (told.outcome, told.answered) == ("failed", True)
    assert told.reason == "HTTP 302; redirects are not followed, name the final address"
    assert len(moved.requests) == 1
    assert knocks == []


@pytest.mark.faults(31)
def test_a_redirect_to_the_metadata_service_makes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[Any] = []
    original = guard.Passage.connect

    def connect(self: guard.Passage, sock: socket.socket, address: Any) -> None:
        connected.append(address[0])
        original(self, sock, address)

    monkeypatch.setattr(guard.Passage, "connect", connect)
    for code in (301, 302, 303, 307, 308):
        with endpoint(status(code, location=METADATA)) as moved:
            told = tell(f"json://127.0.0.1:{moved.port}/?redirect=yes")
        assert told.outcome == "failed"
    assert set(connected) == {"127.0.0.1"}


def test_a_url_of_the_metadata_service_is_refused_even_where_its_name_is_allowed(
    names: Callable[..., list[str]],
) -> None:
    names("hooks.example.org", ["169.254.169.254"])
    told = tell("json://hooks.example.org/", Allowed(["hooks.example.org"]))
    assert "169.254.169.254 is link-local" in told.reason


def test_a_name_that_resolves_differently_the_second_time_is_reached_where_it_was_checked(
    names: Callable[..., list[str]],
) -> None:
    with endpoint(status(200)) as good, listening() as (_, knocks):
        asked = names("hooks.example.org", ["127.0.0.1"], ["127.0.0.2"])
        assert tell(f"json://hooks.example.org:{good.port}/", Allowed(["127.0.0.1"])) == Attempt("sent")
        assert asked == ["hooks.example.org"]
        told = tell(f"json://hooks.example.org:{good.port}/", Allowed(["127.0.0.1"]))
    assert "127.0.0.2 is loopback" in told.reason, "each message checks anew"
    assert knocks == []


def test_a_name_is_asked_once_in_a_message(names: Callable[..., list[str]]) -> None:
    asked = names("hooks.example.org", ["127.0.0.1"], ["169.254.169.254"])
    with passage(LOOPBACK, "the-id"):
        first = socket.getaddrinfo("hooks.example.org", 80)
        assert socket.getaddrinfo("hooks.example.org", 80) == first
    assert len(asked) == 1


def test_one_bad_address_among_good_ones_refuses_the_name(names: Callable[..., list[str]]) -> None:
    names("hooks.example.org", ["93.184.216.34", "10.0.0.7"])
    told = tell("json://hooks.example.org/", NOTHING)
    assert "10.0.0.7 is private" in told.reason


def test_an_allowed_name_may_be_private(names: Callable[..., list[str]]) -> None:
    with endpoint(status(200)) as good:
        names("alerts.internal", ["127.0.0.1"])
        assert tell(f"json://alerts.internal:{good.port}/", Allowed(["alerts.internal"])) == Attempt("sent")


def test_an_address_that_nobody_resolved_is_checked_at_the_connection() -> None:
    with (
        listening() as (port, knocks),
        passage(NOTHING, "the-id"),
        socket.socket() as sock,
        pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is loopback"),
    ):
        sock.connect(("127.0.0.1", port))
    assert knocks == []


def test_a_name_handed_to_connect_is_refused() -> None:
    with passage(LOOPBACK, "the-id"), socket.socket() as sock, pytest.raises(AddressRefused):
        sock.connect(("localhost", 9))


def test_sockets_of_this_machine_and_datagrams_are_refused() -> None:
    with passage(NOTHING, "the-id"):
        with socket.socket(socket.AF_UNIX) as sock, pytest.raises(AddressRefused, match="not of the internet protocol"):
            sock.connect("/run/some.sock")
        with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(AddressRefused):
            sock.sendto(b"x", ("127.0.0.1", 514))


def test_mail_goes_through_the_guard_too() -> None:
    with listening() as (port, knocks), passage(NOTHING, "the-id"), pytest.raises(AddressRefused):
        smtplib.SMTP("127.0.0.1", port, timeout=2)
    assert knocks == []


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (port, knocks), endpoint(status(200)) as good:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        assert tell(f"json://127.0.0.1:{good.port}/") == Attempt("sent")
    assert knocks == []


def test_outside_of_a_message_nothing_is_guarded() -> None:
    guard.install()
    with endpoint(status(200)) as good:
        assert requests.post(f"http://127.0.0.1:{good.port}/", timeout=5).status_code == 200
        assert "x-pipegauge-id" not in good.requests[0][1]


@pytest.mark.faults(31)
def test_a_dead_endpoint_has_not_answered_and_one_that_refuses_has() -> None:
    dead = tell(f"json://127.0.0.1:{dead_port()}/")
    assert (dead.outcome, dead.answered, dead.reason) == ("failed", False, "ConnectionError")
    with endpoint(status(500)) as broken:
        refused = tell(f"json://127.0.0.1:{broken.port}/")
    assert (refused.outcome, refused.answered, refused.reason) == ("failed", True, "HTTP 500")


def test_an_endpoint_that_answers_byte_by_byte_is_cut_off() -> None:
    with endpoint(drip) as dripping:
        url = f"http://127.0.0.1:{dripping.port}"
        [found] = destinations(Notify(routes={"r": Route(alertmanagers=(url,))}), str)["r"]
        with passage(LOOPBACK, "the-id") as current:
            timer = threading.Timer(0.7, current.cut_off)
            timer.start()
            began = time.monotonic()
            told = attempt(found, change(), message(change(), "http://board"), current)
    assert told.outcome == "failed"
    assert told.reason == "too slow"
    assert time.monotonic() - began < 3
