"""Asks Kafka what the doctor judges. Reads only."""

from collections.abc import Iterable, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec

from deploy.doctor.kafka import KafkaSeen, Place, Tick, TopicSeen
from schemas import topics
from schemas.topics import TABLES, TOPICS, changelog
from stream_processors.rows import STORED_TOPICS
from stream_processors.store import GROUP

GROUPS = (topics.APP_ID, GROUP)
PATIENCE_MS = 3_000
_LOOKED_AT = frozenset(
    (*STORED_TOPICS, topics.EVENTS, topics.OBSERVATIONS, topics.ROLLUPS, topics.TICKS, *map(changelog, TABLES))
)


def ask(arguments: Mapping[str, Any]) -> KafkaSeen:
    """Kafka as it is now. Raises KafkaError."""
    admin = KafkaAdminClient(**arguments, bootstrap_timeout_ms=PATIENCE_MS, request_timeout_ms=PATIENCE_MS)
    try:
        return _ask(admin, arguments)
    finally:
        admin.close()


def _ask(admin: Any, arguments: Mapping[str, Any]) -> KafkaSeen:
    brokers = admin.describe_cluster()["brokers"]
    version = ".".join(map(str, admin.get_broker_version_data(brokers[0]["broker_id"]).broker_version))
    described = {
        found["name"]: len(found["partitions"]) for found in admin.describe_topics() if not found["error_code"]
    }
    ours = {topic.name: described[topic.name] for topic in TOPICS if topic.name in described}
    settings = _settings(admin, ours)
    places = [
        TopicPartition(name, number) for name, count in ours.items() if name in _LOOKED_AT for number in range(count)
    ]
    ends = _offsets(admin, places, OffsetSpec.LATEST)
    return KafkaSeen(
        brokers=len(brokers),
        version=version,
        topics={name: TopicSeen(count, settings[name]) for name, count in ours.items()},
        begins=_offsets(admin, places, OffsetSpec.EARLIEST),
        ends=ends,
        committed=_committed(admin),
        tick=_newest_tick(arguments, {place: end for place, end in ends.items() if place[0] == topics.TICKS}),
    )


def _settings(admin: Any, names: Iterable[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = admin.describe_configs(asked, config_filter="all")["topic"] if asked else {}
    return {name: {key: entry["value"] for key, entry in values.items()} for name, values in found.items()}


def _offsets(admin: Any, places: Iterable[TopicPartition], spec: Any) -> dict[Place, int]:
    wanted = dict.fromkeys(places, spec)
    if not wanted:
        return {}
    return {(at.topic, at.partition): found.offset for at, found in admin.list_partition_offsets(wanted).items()}


def _committed(admin: Any) -> dict[tuple[str, Place], int]:
    found = admin.list_group_offsets(list(GROUPS))
    return {
        (group, (at.topic, at.partition)): position.offset
        for group, positions in found.items()
        for at, position in positions.items()
        if position.offset >= 0
    }


def _newest_tick(arguments: Mapping[str, Any], ends: Mapping[Place, int]) -> Tick | None:
    """The newest tick that can be read at once; None where there is none."""
    newest = [(TopicPartition(*place), end - 1) for place, end in ends.items() if end > 0]
    if not newest:
        return None
    consumer = KafkaConsumer(**arguments, enable_auto_commit=False, bootstrap_timeout_ms=PATIENCE_MS)
    try:
        consumer.assign([at for at, _ in newest])
        for at, offset in newest:
            consumer.seek(at, offset)
        polled = consumer.poll(timeout_ms=PATIENCE_MS // 3)
        ticks = [record for records in polled.values() for record in records]
    finally:
        consumer.close(autocommit=False)
    if not ticks:
        return None
    tick = max(ticks, key=lambda record: record.timestamp)
    return Tick(float(tick.value), tick.timestamp / 1000)
