"""The labels of the board's answer times: patterns of addresses, never what somebody wrote into one."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from grafana.board import measured
from grafana.board.app import STATIC
from grafana.board.measured import Measured


class Recorded:
    """In place of the histogram: the labels of each record."""

    def __init__(self) -> None:
        self.labels: list[dict[str, Any]] = []

    def record(self, seconds: float, labels: dict[str, Any]) -> None:
        assert seconds >= 0
        self.labels.append(labels)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    found = Recorded()
    monkeypatch.setattr(measured, "_duration", found)
    return found


async def page(request: Request) -> Response:
    return PlainTextResponse("here")


async def fail(request: Request) -> Response:
    raise RuntimeError("of the tests")


ROUTES = [
    Route("/d/{uid}", page),
    Route("/api/boards/{uid}/query", page),
    Route("/fails", fail),
    Mount("/static", StaticFiles(directory=STATIC)),
]


def asked(
    path: str, method: str = "GET", metrics_text: Callable[[str], tuple[bytes, str]] = lambda _: (b"", "")
) -> Any:
    async def ask() -> httpx.Response:
        app: Any = Measured(Starlette(routes=ROUTES), metrics_text)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
            return await client.request(method, path, headers={"accept": "of a scraper"})

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/d/delivery", "/d/{uid}", 200),
        ("/d/11111111-2222-3333-4444-555555555555", "/d/{uid}", 200),
        ("/api/boards/delivery/query", "/api/boards/{uid}/query", 200),
        ("/fails", "/fails", 500),
        ("/static/js/main.js", "/static/{path}", 200),
        ("/static/11111111", "/static/{path}", 404),
        ("/wp-admin/11111111", "other", 404),
    ],
)
def test_a_route_is_the_pattern_of_its_address(recorded: Recorded, path: str, route: str, status: int) -> None:
    assert asked(path).status_code == status
    expected = {"http.request.method": "GET", "http.route": route, "http.response.status_code": status}
    assert recorded.labels == [expected]


def test_a_method_that_somebody_made_up_is_other(recorded: Recorded) -> None:
    asked("/d/delivery", "BREW")
    assert recorded.labels[0]["http.request.method"] == "_OTHER"


def test_metrics_are_answered_as_the_scraper_asks_and_not_measured_themselves(recorded: Recorded) -> None:
    answer = asked("/metrics", metrics_text=lambda accept: (accept.encode(), "text/of-metrics"))
    assert (answer.text, answer.headers["content-type"]) == ("of a scraper", "text/of-metrics")
    assert recorded.labels == []
