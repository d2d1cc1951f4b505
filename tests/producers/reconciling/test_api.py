"""A vendor's API is asked as often as it allows, and with its token at no other address."""

from typing import Any

import pytest

from producers.reconciling.api import LONGEST_PAUSE_S, NotFound, VendorError
from producers.reconciling.limits import pause_before_again, pause_before_next
from tests.producers.reconciling.conftest import World
from tests.producers.reconciling.vendor_server import Answer

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, 0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1000090"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000090"}, 91),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "1000030"}, 31),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "999000"}, 1),
        ({"x-ratelimit-remaining": "0"}, 0),
    ],
)
def test_the_last_request_that_is_allowed_is_followed_by_a_pause(headers: dict[str, str], pause: float) -> None:
    assert pause_before_next(headers, NOW) == pause


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (429, {"retry-after": "7"}, 7),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": "1000030"}, 31),
        (429, {}, 60),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60),
        (403, {"retry-after": "120"}, 120),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000090"}, 91),
        (403, {"x-ratelimit-remaining": "12"}, None),
        (403, {}, None),
        (502, {}, 5),
        (503, {"retry-after": "9"}, 9),
        (401, {"retry-after": "7"}, None),
        (404, {}, None),
    ],
)
def test_what_is_refused_for_now_is_asked_again_later(status: int, headers: dict[str, str], pause: Any) -> None:
    assert pause_before_again(status, headers, NOW) == pause


def test_a_request_waits_as_it_is_told_and_is_made_again(world: World) -> None:
    reset = str(int(world.now) + 30)
    world.server.on(
        "GET", "/api/x", lambda _: Answer([1], headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset})
    )
    world.server.refusals = [Answer({}, 429, {"retry-after": "7"}), Answer({}, 502)]
    api = world.api()
    assert api.get("x").value == [1]
    assert world.slept == [7, 5]
    assert api.get("x").value == [1]
    assert world.slept == [7, 5, 19], "until the limit is reset"
    assert {one.headers["authorization"] for one in world.server.asked} == {"Bearer a token"}


def test_a_pause_that_is_too_long_ends_it_and_says_so(world: World) -> None:
    world.server.refusals = [Answer({}, 403, {"retry-after": str(int(LONGEST_PAUSE_S) + 60)})]
    with pytest.raises(VendorError, match="asks to come back in 16 minutes; run this again then"):
        world.api().get("x")
    assert world.slept == []


def test_pages_are_followed_only_at_the_vendors_own_address(world: World) -> None:
    world.server.on("GET", "/api/x", lambda asked: world.server.page(asked, list(range(5))))
    api = world.api()
    first = api.get("x", per_page=2)
    assert first.following is not None
    assert api.get(first.following).value == [2, 3]
    for elsewhere in ("http://127.0.0.1:9/api/x", f"{world.server.address}/other/x", "../other"):
        with pytest.raises(VendorError, match="which is not its own"):
            api.get(elsewhere)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (401, VendorError, "refuses the token"),
        (403, VendorError, "is not allowed to the token"),
        (404, NotFound, "is not there"),
        (422, NotFound, "is not there"),
        (500, VendorError, "answers 500; try again later"),
    ],
)
def test_a_refusal_says_what_to_do_and_no_token(world: World, status: int, error: type[Exception], said: str) -> None:
    world.server.on("GET", "/api/x", lambda _: Answer({}, status))
    with pytest.raises(error, match=said) as refusal:
        world.api().get("x", private="y")
    assert "token a token" not in str(refusal.value)
    assert "private" not in str(refusal.value)


def test_nobody_there_is_one_line(world: World) -> None:
    with pytest.raises(VendorError, match=r"no answer from .* is it reachable\?"):
        type(world.api())("http://127.0.0.1:9/api", {}, world.sleep, lambda: world.now).get("x")
    assert world.slept == [1, 2, 4, 8, 16]
