"""What is judged of Kafka: its topics, the worker's changelogs, how far the groups are. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deploy.doctor.check import Check, fail, ok, some, warn
from schemas import topics
from schemas.topics import TOPICS, changelog

Place = tuple[str, int]
"""A topic and the number of a partition."""
LAG_AT_MOST = 10_000
"""Records: a group that keeps up is never so far behind."""
CLOCK_S = 5.0
REBUILD = "stop worker and store, then run `pipegauge rebuild`"
_SOURCE_OF_TABLE = {"facts": topics.OBSERVATIONS, "windows": topics.OBSERVATIONS, "members": topics.ROLLUPS}
"""What must have been read for a table to hold something; an observation comes of facts."""


@dataclass(frozen=True)
class TopicSeen:
    """A topic as Kafka has it."""

    partitions: int
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Tick:
    """The newest tick: the worker's clock when it was sent, the broker's when it arrived (epoch seconds)."""

    sent: float
    arrived: float


@dataclass(frozen=True)
class KafkaSeen:
    """Kafka as it was found. `committed` is by group and place; a place that was never committed is absent."""

    brokers: int
    version: str
    topics: Mapping[str, TopicSeen]
    begins: Mapping[Place, int] = field(default_factory=dict)
    ends: Mapping[Place, int] = field(default_factory=dict)
    committed: Mapping[tuple[str, Place], int] = field(default_factory=dict)
    tick: Tick | None = None


@dataclass(frozen=True)
class Remembered:
    """What ClickHouse says the worker's tables must hold, of the observations of one partition and 89 days."""

    observations: int
    subjects: int


def topics_check(seen: KafkaSeen, partitions: int) -> Check:
    """Every topic is there, with its partitions and settings."""
    missing = [topic.name for topic in TOPICS if topic.name not in seen.topics]
    if missing:
        return fail("topics", f"{some(missing)} missing", "run `pipegauge topics`")
    others = [
        f"{topic.name} has {seen.topics[topic.name].partitions}"
        for topic in TOPICS
        if seen.topics[topic.name].partitions != partitions
    ]
    if others:
        return fail(
            "topics",
            f"connections.kafka.partitions is {partitions}, but {some(others)}",
            "set it to what all topics have; where they differ, keys have moved to other partitions: make the topics "
            "anew and run `pipegauge rebuild`",
        )
    wrong = [
        f"{topic.name}'s {name} is {seen.topics[topic.name].settings.get(name, 'not set')}"
        for topic in TOPICS
        for name, value in topic.settings().items()
        if seen.topics[topic.name].settings.get(name) != value
    ]
    if wrong:
        return fail("topics", some(wrong), "run `pipegauge topics`, which corrects it")
    return ok("topics", f"{len(TOPICS)} topics of {partitions} partitions")


def changelog_check(seen: KafkaSeen, group: str, remembered: Mapping[int, Remembered] | None) -> Check:
    """The worker's tables can be recovered: no changelog was emptied while its source had been read.

    A compacted topic only loses its beginning to somebody who deletes records. One that was made anew has fewer
    records than ClickHouse has observations that must be in it.
    """
    emptied = dict.fromkeys(_emptied(seen, group))
    emptied |= dict.fromkeys(_too_short(seen, group, remembered or {}))
    if emptied:
        said = f"the changelog of the worker's table {some(emptied)} was emptied: its numbers are no longer whole"
        return fail("worker's tables", said, REBUILD)
    count = sum(end - seen.begins.get(place, 0) for place, end in seen.ends.items() if place[0].endswith("-changelog"))
    return ok("worker's tables", f"their changelogs hold {count:,} records")


def _emptied(seen: KafkaSeen, group: str) -> Iterator[str]:
    for table, source in _SOURCE_OF_TABLE.items():
        places = [place for place in seen.ends if place[0] == changelog(table)]
        has_read = any(done for (name, place), done in seen.committed.items() if name == group and place[0] == source)
        left = sum(seen.ends[place] - seen.begins.get(place, 0) for place in places)
        cut_off = any(seen.begins.get(place, 0) > 0 for place in places)
        if places and (cut_off or (has_read and left == 0)):
            yield table


def _too_short(seen: KafkaSeen, group: str, remembered: Mapping[int, Remembered]) -> Iterator[str]:
    for number, known in remembered.items():
        source = (topics.OBSERVATIONS, number)
        unread = seen.ends.get(source, 0) - seen.committed.get((group, source), 0)
        for table, count in (("windows", known.observations), ("facts", known.subjects)):
            end = seen.ends.get((changelog(table), number))
            if end is not None and end + unread < count:
                yield table


def lag_check(seen: KafkaSeen, group: str, process: str, read: tuple[str, ...]) -> Check:
    """How far a group is behind, topic by topic; and that nothing was deleted before it was read."""
    name = f"lag of {process}"
    behind: dict[str, int] = {}
    lost: dict[str, int] = {}
    for place, end in seen.ends.items():
        if place[0] not in read:
            continue
        begin = seen.begins.get(place, 0)
        done = seen.committed.get((group, place))
        behind[place[0]] = behind.get(place[0], 0) + end - max(begin, begin if done is None else done)
        if done is not None and done < begin:
            lost[place[0]] = lost.get(place[0], 0) + begin - done
    late = [f"{count:,} records on {topic}" for topic, count in behind.items() if count]
    if lost:
        said = (
            f"{some(f'{count:,} records on {topic}' for topic, count in lost.items())} were deleted before it read them"
        )
        return fail(name, said, f"start {process} in time; {REBUILD} once the events are there again")
    if sum(behind.values()) > LAG_AT_MOST:
        return warn(name, f"behind by {some(late)}", f"is a {process} running? start one more, or look at its log")
    return ok(name, f"behind by {some(late)}" if late else "nothing waits")


def clock_check(tick: Tick | None, now: float) -> Check:
    """The broker's clock beside ours and the worker's: it decides which record is the newest."""
    if tick is None:
        return ok("Kafka's clock", "no tick says anything about it")
    ahead, between = tick.arrived - now, tick.arrived - tick.sent
    if ahead > CLOCK_S or abs(between) > CLOCK_S:
        apart = max(ahead, abs(between))
        return warn("Kafka's clock", f"{apart:.0f} s away from ours or the worker's", "let NTP set the clocks of all")
    return ok("Kafka's clock", f"within {CLOCK_S:.0f} s of the worker's")
