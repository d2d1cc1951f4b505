"""Addresses become destinations with public names, or are refused without being told."""

import inspect
import re

import pytest
from apprise.manager_plugins import NotificationManager

from schemas.alert_rules import Notify, Route
from schemas.destinations import SCHEMES
from stream_processors.notifier.destinations import DestinationRefused, destinations

TOKEN = "s3cr3t"
NOT_THE_NETWORK = re.compile(r"^\s*(?:import|from) (subprocess|ctypes|multiprocessing|dbus|socket)\b", re.MULTILINE)


def test_destinations_are_called_by_route_kind_and_number() -> None:
    routes = {
        "chat": Route(urls=("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops", f"jsons://{TOKEN}@host/")),
        "oncall": Route(urls=("env:MAIL",), alertmanagers=("http://am:9093", "env:AM")),
    }
    secrets = {"env:MAIL": f"mailtos://user:{TOKEN}@example.org", "env:AM": f"https://user:{TOKEN}@am2"}
    found = destinations(Notify(routes=routes), lambda reference: secrets.get(reference, reference))
    assert {route: [one.name for one in every] for route, every in found.items()} == {
        "chat": ["chat/slack-1", "chat/jsons-2"],
        "oncall": ["oncall/mailtos-1", "oncall/alertmanager-1", "oncall/alertmanager-2"],
    }


@pytest.mark.parametrize(
    ("route", "secret", "said"),
    [
        (Route(urls=("env:A",)), f"dbus://{TOKEN}", "notify.routes.oncall.urls[0]: dbus:// is not allowed; use one of"),
        (
            Route(urls=("env:A",)),
            f"slack://{TOKEN}",
            "notify.routes.oncall.urls[0]: apprise cannot read this address; compare it with apprise's page on it",
        ),
        (Route(alertmanagers=("env:A",)), TOKEN, "notify.routes.oncall.alertmanagers[0]: no address of HTTP; write"),
    ],
)
def test_an_address_from_a_secret_is_refused_without_being_told(
    route: Route, secret: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DestinationRefused) as refused:
        destinations(Notify(routes={"oncall": route}), lambda _: secret)
    assert str(refused.value).startswith(said)
    assert TOKEN not in str(refused.value) + caplog.text


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_every_allowed_scheme_is_a_service_that_apprise_reaches_by_http_or_smtp(scheme: str) -> None:
    manager = NotificationManager()  # type: ignore[no-untyped-call]
    assert scheme in manager, f"apprise knows no {scheme}:// any more; take it off the list"
    source = inspect.getsource(inspect.getmodule(manager[scheme]))  # type: ignore[arg-type]
    assert not NOT_THE_NETWORK.search(source), f"{scheme}:// reaches beyond HTTP and SMTP; take it off the list"
