"""The notifier is killed around each send and its mark, 20 times: no change goes unsent, and what is repeated has its
id, and was repeated because the kill fell between the send and its mark.
"""

from collections import Counter
from collections.abc import Callable

import pytest

from schemas.alert_rules import Notify, Route
from stream_processors.failpoints import EXIT_KILLED
from stream_processors.notifier.member import AFTER_MARK
from stream_processors.notifier.sender import AFTER_SEND, BEFORE_SEND
from tests.stream_processors.notifier.changes import FIRING, RESOLVED
from tests.stream_processors.notifier.endpoints import endpoint, status
from tests.stream_processors.notifier.world import World

RUNS = 20
POINTS = (BEFORE_SEND, AFTER_SEND, AFTER_MARK)

KILLS = [(point, 1 + number // len(POINTS)) for number, point in zip(range(RUNS), POINTS * RUNS, strict=False)]


@pytest.mark.parametrize("chunk", [0, *(pytest.param(chunk, marks=pytest.mark.thorough) for chunk in (1, 2, 3))])
def test_a_kill_around_send_and_mark_leaves_no_change_unsent(make_world: Callable[[Notify], World], chunk: int) -> None:
    for run, (point, time) in enumerate(KILLS[chunk::4]):
        with endpoint(status(200)) as hook, endpoint(status(200)) as manager:
            route = Route(urls=(f"json://127.0.0.1:{hook.port}/",), alertmanagers=(f"http://127.0.0.1:{manager.port}",))
            world = make_world(Notify(routes={"oncall": route}, allow_private=("127.0.0.0/8",)))
            changes = [
                world.change(number, f"{run}-{service}") for service in range(5) for number in (FIRING, RESOLVED)
            ]
            world.publish(*changes)
            killed = world.start(fail_at=f"{point}:{time}")
            assert killed.wait(40) == EXIT_KILLED, world.log()
            world.start()
            world.until_idle()
            for told in (hook.ids(), manager.ids()):
                assert set(told) == {change.id for change in changes}, f"{point}: a change went unsent"
                assert sum(told.values()) <= len(changes) + 1, f"{point}: one message at most is sent and not marked"
            repeats = sum((hook.ids() + manager.ids()).values()) - 2 * len(changes)
            # The other destination may just have sent when this one reached its point.
            assert (1 if point == AFTER_SEND else 0) <= repeats <= (2 if point == AFTER_SEND else 1)
            marks = Counter((mark.alert, mark.destination) for mark in world.marks())
            assert set(marks) == {
                (change.id, name) for change in changes for name in ("oncall/json-1", "oncall/alertmanager-1")
            }
            world.close()
