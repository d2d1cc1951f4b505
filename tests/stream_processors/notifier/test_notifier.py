"""The notifier as a process, on a real broker, with real endpoints."""

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from schemas.alert_rules import Notify, Route
from tests.engines import eventually
from tests.stream_processors.notifier.changes import FIRING, PENDING, RESOLVED
from tests.stream_processors.notifier.endpoints import dead_port, endpoint, slow, status
from tests.stream_processors.notifier.world import World

MakeWorld = Callable[[Notify], World]
TOKEN = "s3cr3t-t0k3n"


def notify(*urls: str, alertmanagers: tuple[str, ...] = ()) -> Notify:
    """A route `oncall` to endpoints on loopback."""
    route = Route(urls=urls, alertmanagers=alertmanagers)
    return Notify(routes={"oncall": route}, allow_private=("127.0.0.0/8",), board="http://board.example.org")


def hook(port: int) -> str:
    return f"json://127.0.0.1:{port}/hooks/{TOKEN}"


def test_one_message_for_each_change_with_everything_in_it(make_world: MakeWorld) -> None:
    with endpoint(status(200)) as good:
        world = make_world(notify(hook(good.port)))
        world.start()
        changes = [world.change(number) for number in (PENDING, FIRING, RESOLVED)]
        world.publish(*changes)
        world.until_idle()
        firing, resolved = good.bodies()
        assert good.ids() == {changes[1].id: 1, changes[2].id: 1}, "pending is no message"
    assert firing["title"].startswith("Firing: checkout-")
    assert resolved["title"].startswith("Resolved: checkout-")
    for said in ("12m 30s", "10m", "31 measured", "Since 2026-11-02 12:00", "http://board.example.org/d/delivery?"):
        assert said in firing["message"]
    assert f"id: {changes[1].id}" in firing["message"]
    marks = {(mark.alert, mark.destination): (mark.outcome, mark.attempts) for mark in world.marks()}
    assert marks == {(one.id, "oncall/json-1"): ("sent", 1) for one in changes[1:]}
    assert world.status("/health/ready") == {"ready": True}


def test_what_is_muted_or_has_no_route_is_not_told_nor_is_the_end_of_it(make_world: MakeWorld) -> None:
    with endpoint(status(200)) as good:
        world = make_world(notify(hook(good.port)))
        world.start()
        world.publish(
            world.change(FIRING, "muted", muted=True),
            world.change(RESOLVED, "muted"),
            world.change(FIRING, "quiet", route=None),
            world.change(RESOLVED, "quiet", route=None),
            world.change(FIRING, "elsewhere", route="nobody"),
        )
        world.until_idle()
        assert good.requests == []
        assert world.marks() == []
        world.publish(world.change(FIRING, "muted"))
        eventually(lambda: len(good.requests) == 1)


def test_a_change_that_the_worker_repeats_is_told_once(make_world: MakeWorld) -> None:
    with endpoint(slow(0.5)) as good:
        world = make_world(notify(hook(good.port)))
        world.start()
        firing = world.change(FIRING)
        world.publish(firing, firing)
        eventually(lambda: bool(good.requests))
        world.publish(firing)
        world.until_idle()
        world.publish(firing)
        world.until_idle()
        assert good.ids() == {firing.id: 1}


@pytest.mark.faults(31)
def test_dead_slow_redirecting_and_refusing_destinations_hold_up_nobody(make_world: MakeWorld) -> None:
    with (
        endpoint(status(200)) as good,
        endpoint(status(302, location="http://169.254.169.254/")) as moved,
        endpoint(slow(1.5)) as late,
        endpoint(status(500)) as broken,
    ):
        urls = [hook(port) for port in (dead_port(), moved.port, late.port, broken.port, good.port)]
        world = make_world(notify(*urls))
        world.start()
        eventually(lambda: world.status("/health/ready") == {"ready": True})
        began = time.monotonic()
        world.publish(*(world.change(FIRING, f"service-{number}") for number in range(5)))
        eventually(lambda: len(good.requests) == 5)
        assert time.monotonic() - began < 2.5
        world.until_idle()
        found = world.status()["destinations"]
    counts = {name: (told["sent"], told["failed"], told["fault"]) for name, told in found.items()}
    assert counts == {
        "oncall/json-1": (0, 5, "ConnectionError"),
        "oncall/json-2": (0, 5, "HTTP 302; redirects are not followed, name the final address"),
        "oncall/json-3": (5, 0, None),
        "oncall/json-4": (0, 5, "HTTP 500"),
        "oncall/json-5": (5, 0, None),
    }
    failed = [mark for mark in world.marks() if mark.outcome == "failed"]
    assert len(failed) == 15
    assert {mark.attempts for mark in failed} == {5}
    assert len(broken.requests) == 25
    assert "a message is given up" in world.log()


def test_no_token_is_in_a_log_a_status_or_a_topic(make_world: MakeWorld) -> None:
    with endpoint(status(404)) as broken:
        urls = [hook(dead_port()), hook(broken.port), f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN.replace('-', '')}/#ops"]
        alertmanager = f"http://user:{TOKEN}@127.0.0.1:{broken.port}"
        notify_ = notify(*urls, alertmanagers=(alertmanager,)).model_copy(update={"board": "http://board"})
        world = make_world(notify_)
        world.start(retries=(0.1,))
        world.publish(world.change(FIRING))
        eventually(lambda: len(world.marks()) >= 3)
        said = [world.log(), str(world.status()), str(world.marks())]
    assert all(TOKEN not in one and TOKEN.replace("-", "") not in one for one in said)
    assert "oncall/json-1" in said[0]


def test_a_message_waits_out_a_short_outage(make_world: MakeWorld) -> None:
    with endpoint(status(503)) as flaky:
        world = make_world(notify(hook(flaky.port)))
        world.start(retries=(0.3, 0.3, 0.3, 0.3, 5, 5))
        firing = world.change(FIRING)
        world.publish(firing, world.change(RESOLVED))
        eventually(lambda: len(flaky.requests) >= 2)
        assert set(flaky.ids()) == {firing.id}, "the end is not told before the beginning"
        flaky.answer = status(200)
        world.until_idle()
        assert [mark.outcome for mark in world.marks()] == ["sent", "sent"]


def test_sigterm_ends_with_0_within_the_supervisors_bound_and_loses_nothing(make_world: MakeWorld) -> None:
    with endpoint(slow(30)) as tarpit, endpoint(status(200)) as good:
        world = make_world(notify(hook(tarpit.port), hook(good.port)))
        process = world.start()
        firing = world.change(FIRING)
        world.publish(firing)
        eventually(lambda: bool(tarpit.requests and good.requests))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0
        assert time.monotonic() - began < 11
        tarpit.answer = status(200)
        world.start()
        world.until_idle()
        assert good.ids() == {firing.id: 1}
        assert {(mark.destination, mark.outcome) for mark in world.marks()} == {
            ("oncall/json-1", "sent"),
            ("oncall/json-2", "sent"),
        }


def test_two_notifiers_divide_the_work_and_repeat_nothing(make_world: MakeWorld) -> None:
    with endpoint(status(200)) as good:
        world = make_world(notify(hook(good.port)))
        first = world.start()
        world.publish(*(world.change(FIRING, f"a{number}") for number in range(20)))
        world.until_idle()
        other = world.beside()
        other.start()
        eventually(lambda: other.status().get("partitions") == 1)
        world.publish(*(world.change(FIRING, f"b{number}") for number in range(20)))
        world.until_idle()
        first.terminate()
        assert first.wait(12) == 0
        world.publish(*(world.change(FIRING, f"c{number}") for number in range(20)))
        other.until_idle()
        assert set(good.ids().values()) == {1}
        assert len(good.ids()) == 60


def _is_alert_of_the_api(posted: Any) -> bool:
    """The schema `postableAlerts` of Alertmanager's openapi.yaml."""
    [alert] = posted
    texts = [*alert["labels"].items(), *alert["annotations"].items()]
    names = all(isinstance(value, str) and value and name.isidentifier() for name, value in texts)
    times = all(time.strptime(alert[key], "%Y-%m-%dT%H:%M:%S.000Z") for key in ("startsAt", "endsAt"))
    return names and times and alert["startsAt"] <= alert["endsAt"] and alert["generatorURL"].startswith("http://")


def test_alertmanager_gets_alerts_in_the_form_of_its_api(make_world: MakeWorld) -> None:
    with endpoint(status(200)) as manager:
        world = make_world(notify(alertmanagers=(f"http://127.0.0.1:{manager.port}/prefix/",)))
        world.start()
        changes = [world.change(FIRING), world.change(RESOLVED)]
        world.publish(*changes)
        world.until_idle()
        assert [path for path, _, _ in manager.requests] == ["/prefix/api/v2/alerts"] * 2
        assert all(headers["content-type"] == "application/json" for _, headers, _ in manager.requests)
        bodies = manager.bodies()
    assert all(map(_is_alert_of_the_api, bodies))
    [[firing], [resolved]] = bodies
    assert firing["labels"] == resolved["labels"], "what is resolved is what fired"
    assert firing["labels"]["alertname"] == "slow-builds"
    assert firing["labels"]["severity"] == "critical"
    assert [one["annotations"]["id"] for one in (firing, resolved)] == [one.id for one in changes]
    assert resolved["endsAt"] == "2026-11-02T12:15:00.000Z"
    assert firing["endsAt"] > "2027"


def test_an_alert_that_cannot_be_read_does_not_hold_up_the_next(make_world: MakeWorld) -> None:
    with endpoint(status(200)) as good:
        world = make_world(notify(hook(good.port)))
        world.start()
        world.publish_bytes(b"{")
        firing = world.change(FIRING)
        world.publish(firing)
        world.until_idle()
        assert good.ids() == {firing.id: 1}
    assert "an alert cannot be read" in world.log()


@pytest.mark.parametrize("count", [120])
def test_when_too_much_waits_it_stays_in_kafka(make_world: MakeWorld, count: int) -> None:
    with endpoint(status(503)) as broken:
        world = make_world(notify(hook(broken.port)))
        world.start(most_waiting=40, retries=(1.0,) * 60)
        world.publish(*(world.change(FIRING, f"s{number}") for number in range(count)))
        eventually(lambda: "too many messages wait" in world.log())
        assert world.status()["lag"]["alerts"] == count
        broken.answer = status(200)
        world.until_idle()
        assert len(broken.ids()) == count
        assert len(world.marks()) == count
