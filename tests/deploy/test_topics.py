from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from deploy.make_topics import TopicsError, make_topics
from schemas.config import Config, Connections, KafkaConnection
from schemas.topics import EVENTS, MAX_RECORD_BYTES, TOPICS
from tests.engines import eventually, itself


def config_of(address: str, partitions: int = 2) -> Config:
    return Config(connections=Connections(kafka=KafkaConnection(brokers=(address,), partitions=partitions)))


def settings_of(admin: Any, topic: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {name: entry["value"] for name, entry in found["topic"][topic].items()}


def test_topics_are_made_once_kept_right_and_never_repartitioned(kafka: str) -> None:
    make_topics(config_of(kafka), itself)
    admin = KafkaAdminClient(bootstrap_servers=kafka)

    described = {topic["name"]: topic for topic in admin.describe_topics()}
    for topic in TOPICS:
        assert len(described[topic.name]["partitions"]) == 2
        assert all(partition["leader_id"] >= 0 for partition in described[topic.name]["partitions"])
        assert settings_of(admin, topic.name).items() >= topic.settings().items()

    assert make_topics(config_of(kafka), itself) == []

    changed = {"max.message.bytes": "1000", "segment.ms": "3600000"}
    # a broker describes what it has heard of, a moment after the controller has accepted the change
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, EVENTS, changed)])
    eventually(lambda: settings_of(admin, EVENTS).items() >= changed.items())
    make_topics(config_of(kafka), itself)
    eventually(lambda: settings_of(admin, EVENTS)["max.message.bytes"] == str(MAX_RECORD_BYTES))
    assert settings_of(admin, EVENTS)["segment.ms"] == "3600000", "what we do not set is the operator's"

    with pytest.raises(TopicsError, match=r"partitions is 3, but alerts has 2, .* set it to what the topics have"):
        make_topics(config_of(kafka, 3), itself)
    admin.close()


def test_a_changelog_takes_whatever_a_worker_may_write() -> None:
    assert {topic.max_bytes for topic in TOPICS if topic.name.endswith("-changelog")} == {MAX_RECORD_BYTES}


def test_a_broker_that_is_away_is_told_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KafkaAdminClient.DEFAULT_CONFIG, "bootstrap_timeout_ms", 1_000)
    with pytest.raises(TopicsError, match=r"Kafka at 127\.0\.0\.1:1 cannot be asked"):
        make_topics(config_of("127.0.0.1:1"), itself)
