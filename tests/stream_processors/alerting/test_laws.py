"""Whatever is repeated, and wherever the process is killed: nothing goes unsaid, and what is said twice is the same."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Alert
from tests.stream_processors.alerting.played import MINUTE_MS, START_MS, Played, point, rule
from tests.stream_processors.memory_state import Crash, MemoryState

RULES = (
    rule(clear_at="9m", mute=[{"start": "00:20", "end": "00:40"}], **{"for": "2m"}),
    rule(name="gone", absent_for="10m"),
)
THRESHOLD, CLEAR_AT = 600_000, 540_000

_minutes = st.lists(
    st.tuples(st.sampled_from((0.5, 1, 1, 2, 5)), st.sampled_from((None, 8, 9.5, 12, 12)), st.booleans()),
    min_size=1,
    max_size=30,
)
_seeds = st.integers(0, 1 << 32)
Drawn = list[tuple[float, float | None, bool]]
Step = tuple[float, float | None, bool]


def _steps(drawn: Drawn) -> list[Step]:
    """(minute, value, whether a point comes); a tick follows each."""
    minute, steps = 0.0, []
    for pause, value, comes in drawn:
        minute += pause
        steps.append((minute, value, comes))
    return steps


def _take(played: Played, steps: list[Step], number: int) -> None:
    minute, value, comes = steps[number]
    if comes:
        played.take(minute, point(minute, value), version=number + 1)


@given(_minutes, _seeds)
@settings(max_examples=150, deadline=None)
def test_points_and_ticks_that_come_again_change_nothing(drawn: Drawn, seed: int) -> None:
    steps, random = _steps(drawn), Random(seed)
    once, again = Played(*RULES), Played(*RULES)
    for number, (minute, _, _) in enumerate(steps):
        for played in (once, again):
            _take(played, steps, number)
        while random.random() < 0.5:
            _take(again, steps, random.randrange(number + 1))
        once.tick(minute)
        again.tick(minute)
        while random.random() < 0.5:
            assert again.tick(steps[random.randrange(number + 1)][0]) == []
    assert again.sent == once.sent
    assert again.state == once.state


class _Killed:
    """A process that is killed at its N-th write and starts anew over what was written, some steps back."""

    def __init__(self, steps: list[Step], random: Random, writes: list[int]) -> None:
        self.steps, self.random, self.writes = steps, random, list(writes)
        self.state = MemoryState()
        self.sent: list[Alert] = []
        self.unmarked = 0
        self._start()

    def _start(self) -> None:
        self.state.writes_left = self.writes.pop() if self.writes else None
        self.played = Played(*RULES, state=self.state)

    def run(self) -> None:
        number = committed = 0
        while number < len(self.steps):
            if self.random.random() < 0.3:
                committed = number
            try:
                _take(self.played, self.steps, number)
                self._tick(self.steps[number][0])
            except Crash:  # the process ends, and the next goes on from the last commit
                self._start()
                number = committed
                continue
            number += 1

    def _tick(self, minute: float) -> None:
        alerts = self.played.alerts
        keys = alerts.tick(START_MS + round(minute * MINUTE_MS))
        told = alerts.unsent(keys)
        self.sent += told
        try:
            alerts.mark(keys)
        except Crash:
            self.unmarked += len(told)
            raise


def _settled(killed: _Killed, steps: list[Step]) -> None:
    """A last healthy point, and ticks until everything that was due has come."""
    killed.state.writes_left = None
    end = max(steps[-1][0] + 1, 41)  # after the mute window
    killed.played.take(end, point(end, 8), version=1_000)
    for second in range(5):
        killed._tick(end + second / 60)


def test_a_kill_between_send_and_mark_repeats_with_the_same_id_and_one_before_the_send_repeats_nothing() -> None:
    steps: list[Step] = [(0, 12, True), (1, 12, True)]
    # Two rules: two writes of the point, two of the changes, then two of the marks, this one last.
    for writes, expected in ((2, 1), (3, 1), (4, 2), (5, 2), (6, 1)):
        killed = _Killed(steps, Random(0), [writes])
        killed.run()
        _settled(killed, steps[:1])
        pending = [alert for alert in killed.sent if alert.state == "pending" and alert.rule == "slow"]
        assert len(pending) == expected, f"killed after {writes} writes"
        assert len({alert.id for alert in pending}) == 1


@given(_minutes, _seeds, st.lists(st.integers(0, 25), max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_kill_between_any_two_writes_leaves_nothing_unsaid_and_repeats_only_the_same(
    drawn: Drawn, seed: int, writes: list[int]
) -> None:
    steps = _steps(drawn)
    killed = _Killed(steps, Random(seed), writes)
    killed.run()
    _settled(killed, steps)
    by_id: dict[str, Alert] = {}
    for alert in killed.sent:
        assert by_id.setdefault(alert.id, alert) == alert, "one id says two things"
    repeats = sum(count - 1 for count in Counter(alert.id for alert in killed.sent).values())
    assert repeats <= killed.unmarked, "a repetition without a kill between the send and its mark"
    for name in ("slow", "gone"):
        said = sorted({alert.number: alert for alert in killed.sent if alert.rule == name}.items())
        assert [number for number, _ in said] == list(range(said[0][0], said[-1][0] + 1)) if said else True
        _check_story([alert for _, alert in said])
    assert killed.played.alerts.dirty == 0
    told = [alert for alert in sorted(killed.sent, key=lambda one: one.number) if alert.rule == "slow"]
    assert not told or told[-1].state in ("resolved", "inactive")


def _check_story(changes: list[Alert]) -> None:
    """Each change follows from the one before, and its value is the reason."""
    follows = {
        None: {"pending", "firing"},
        "pending": {"firing", "inactive"},
        "firing": {"resolved", "firing"},
        "resolved": {"pending", "firing", "resolved"},
        "inactive": {"pending", "firing", "resolved"},
    }
    state = None
    for alert in changes:
        assert alert.state in follows[state]
        state = alert.state
        if alert.absent:
            continue
        if state in ("pending", "firing"):
            assert alert.value is not None
            assert alert.value > (THRESHOLD if state == "pending" else CLEAR_AT)
        elif state == "resolved":
            assert alert.value is None or alert.value <= THRESHOLD
