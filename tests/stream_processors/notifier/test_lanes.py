"""What is due when, for one destination, and what may be committed."""

from stream_processors.notifier.lanes import RETRY_SECONDS, Attempt, Lane, Progress, Waiting
from tests.stream_processors.notifier.changes import FIRING, RESOLVED, change

SENT, REFUSED, AWAY = Attempt("sent"), Attempt("failed"), Attempt("failed", answered=False)


def waiting(service: str = "a", number: int = FIRING, offset: int = 0, due: float = 0.0) -> Waiting:
    return Waiting(change(number, service), {(0, offset)}, due)


def begun(lane: Lane, now: float) -> Waiting:
    one = lane.begin(now)
    assert one is not None
    return one


def test_messages_go_out_one_at_a_time_oldest_first() -> None:
    lane = Lane()
    first, second = waiting("a"), waiting("b")
    lane.add(first)
    lane.add(second)
    assert lane.begin(0) is first
    assert lane.begin(0) is None
    assert lane.end(SENT, 1) == [first]
    assert lane.begin(1) is second


def test_a_message_is_tried_five_times_within_about_five_minutes() -> None:
    lane, now, tries = Lane(), 0.0, []
    one = waiting()
    lane.add(one)
    while len(lane):
        if lane.begin(now) is not None:
            tries.append(now)
            lane.end(REFUSED, now)
        now += 1
    assert tries == [0, 5, 20, 80, 300]
    assert one.attempts == len(RETRY_SECONDS) + 1


def test_others_go_on_while_one_waits_for_its_next_attempt() -> None:
    lane = Lane()
    lane.add(waiting("a"))
    lane.add(waiting("b"))
    begun(lane, 0)
    assert lane.end(REFUSED, 0) == []
    assert begun(lane, 0).alert.scope.name == "b"


def test_the_end_of_an_alert_waits_for_its_beginning() -> None:
    lane = Lane()
    lane.add(waiting("a", FIRING))
    lane.add(waiting("a", RESOLVED))
    begun(lane, 0)
    lane.end(REFUSED, 0)
    assert lane.begin(1) is None
    assert begun(lane, 5).alert.state == "firing"
    lane.end(SENT, 5)
    assert begun(lane, 5).alert.state == "resolved"


def test_where_nobody_answers_one_attempt_counts_for_all_that_are_due() -> None:
    lane = Lane((1, 1))
    for number in range(1_000):
        lane.add(waiting(f"s{number}"))
    lane.add(waiting("later", due=10))
    attempts, now = 0, 0.0
    while now < 5:
        if lane.begin(now) is not None:
            attempts += 1
            lane.end(AWAY, now)
        now += 0.5
    assert attempts == 3
    assert len(lane) == 1, "what was not due then has its own five attempts"


def test_a_change_that_comes_twice_is_sent_once_and_settles_both_records() -> None:
    lane = Lane()
    lane.add(waiting(offset=3))
    lane.add(waiting(offset=7))
    begun(lane, 0)
    [one] = lane.end(SENT, 0)
    assert one.places == {(0, 3), (0, 7)}
    assert len(lane) == 0


def test_a_partition_that_goes_elsewhere_takes_its_messages_along() -> None:
    lane = Lane()
    lane.add(waiting("a", offset=1))
    lane.add(Waiting(change(FIRING, "b"), {(1, 1)}, 0.0))
    lane.drop({0})
    assert begun(lane, 0).alert.scope.name == "b"
    lane.drop({1})
    assert [one.alert.scope.name for one in lane.end(REFUSED, 0)] == ["b"], "it is not tried again here"


def test_only_what_is_settled_may_be_committed() -> None:
    progress = Progress()
    progress.take((0, 10), ["chat", "mail"])
    progress.take((0, 11), [])
    progress.take((1, 5), [])
    assert progress.committable() == {0: 10, 1: 6}
    progress.committed({0: 10, 1: 6})
    progress.settle((0, 10), "chat")
    assert progress.committable() == {}
    progress.settle((0, 10), "mail")
    assert progress.committable() == {0: 12}
    progress.drop({0})
    progress.settle((0, 10), "chat")
    assert progress.committable() == {}


def test_an_outcome_of_before_a_partition_came_back_settles_its_own_destination_only() -> None:
    progress = Progress()
    progress.take((0, 10), ["chat", "mail"])
    progress.drop({0})
    progress.take((0, 10), ["chat", "mail"])
    for _ in range(2):
        progress.settle((0, 10), "chat")
    assert progress.committable() == {0: 10}, "mail was not told yet"
    progress.settle((0, 10), "mail")
    assert progress.committable() == {0: 11}
