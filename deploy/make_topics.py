"""Creates Kafka's topics as schemas.topics spells them, and corrects the settings of those that exist."""

from collections.abc import Callable
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from schemas.config import Config
from schemas.connections import kafka_arguments
from schemas.topics import TOPICS

LEADER_TIMEOUT_MS = 30_000


class TopicsError(RuntimeError):
    """Topics that cannot be made or must not be changed: one line saying what to do."""


def make_topics(config: Config, resolve: Callable[[str], str]) -> list[str]:
    """Makes sure that every topic exists with its settings and a leader for each partition; the names it created.

    Raises TopicsError, without having changed anything, if a topic has another number of partitions than configured.
    """
    kafka = config.connections.kafka
    password = resolve(kafka.sasl.password) if kafka.sasl else None
    try:
        admin = KafkaAdminClient(**kafka_arguments(kafka, password))
    except KafkaError as error:  # not reachable, or the wrong password
        brokers = ", ".join(kafka.brokers)
        raise TopicsError(
            f"Kafka at {brokers} cannot be asked ({error}); is it running, is the address right?"
        ) from error
    try:
        return _make(admin, kafka.partitions, kafka.replication)
    except KafkaError as error:
        raise TopicsError(f"Kafka refused ({error}); repair that and run `pipegauge topics` again") from error
    finally:
        admin.close()


def _make(admin: Any, partitions: int, replication: int) -> list[str]:
    existing = _partitions_of(admin)
    _refuse_other_partitions(existing, partitions)
    missing = {
        topic.name: {
            "num_partitions": partitions,
            "replication_factor": replication,
            "configs": topic.settings(),
        }
        for topic in TOPICS
        if topic.name not in existing
    }
    if missing:
        try:
            admin.create_topics(missing)
        except TopicAlreadyExistsError:
            # somebody else makes them at this very moment: what counts is that they are right
            _refuse_other_partitions(_partitions_of(admin), partitions)
    names = [topic.name for topic in TOPICS]
    admin.wait_for_topics(names, timeout_ms=LEADER_TIMEOUT_MS)
    _correct_settings(admin, set(existing))
    return list(missing)


def _partitions_of(admin: Any) -> dict[str, int]:
    wanted = {topic.name for topic in TOPICS}
    return {
        found["name"]: len(found["partitions"])
        for found in admin.describe_topics()
        if found["name"] in wanted and found["error_code"] == 0
    }


def _refuse_other_partitions(existing: dict[str, int], partitions: int) -> None:
    others = [f"{name} has {count}" for name, count in sorted(existing.items()) if count != partitions]
    if others:
        raise TopicsError(
            f"connections.kafka.partitions is {partitions}, but {', '.join(others)}; set it to what the topics have "
            "(their keys cannot move to other partitions), or start with new topics"
        )


def _correct_settings(admin: Any, existing: set[str]) -> None:
    topics = [topic for topic in TOPICS if topic.name in existing]
    if not topics:
        return
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    found = admin.describe_configs(asked, config_filter="all")["topic"]
    wrong = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, settings)
        for topic in topics
        if (settings := {k: v for k, v in topic.settings().items() if found[topic.name][k]["value"] != v})
    ]
    if wrong:
        admin.alter_configs(wrong)
