"""The consumer groups of worker and store: who is in them, and where they stand."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError, NoError

from schemas import topics
from stream_processors.store import GROUP

WORKER_GROUP = topics.APP_ID
STORE_GROUP = GROUP
LEAVES_WITHIN_S = 15.0
"""Longer than the session timeouts: a member that was killed is in its group until then."""

Offsets = Mapping[TopicPartition, int]


class StillRunning(RuntimeError):
    """Somebody works on what is to be made anew: one line saying which process to stop."""


class OffsetsRefused(RuntimeError):
    """Kafka did not take the offsets: one line saying what to do."""


@contextmanager
def admin_of(arguments: Mapping[str, Any]) -> Iterator[Any]:
    """Kafka's administration, as long as the block. Raises KafkaError."""
    admin = KafkaAdminClient(**arguments)
    try:
        yield admin
    finally:
        admin.close()


def wait_until_empty(admin: Any, patience_s: float = LEAVES_WITHIN_S) -> None:
    """Return once nobody is in the groups of worker and store. Raises StillRunning."""
    deadline = time.monotonic() + patience_s
    while present := _members(admin):
        if time.monotonic() > deadline:
            raise StillRunning(
                f"{' and '.join(present)} at work; stop them (or `pipegauge up`), then run `pipegauge rebuild` again"
            )
        time.sleep(0.5)


def _members(admin: Any) -> list[str]:
    """Which processes are in the groups, in words."""
    present: list[str] = []
    for process, group in (("worker", WORKER_GROUP), ("store", STORE_GROUP)):
        members = admin.describe_groups([group])[group]["members"]
        if members:
            hosts = sorted({str(member["client_host"]).strip("/") for member in members})
            present.append(f"{len(members)} {process}(s) on {', '.join(hosts)}")
    return present


def ends_of(admin: Any, names: Iterable[str], partitions: int) -> dict[TopicPartition, int]:
    """The offset that the next record of each partition gets."""
    wanted = {TopicPartition(name, number): OffsetSpec.LATEST for name in names for number in range(partitions)}
    return {at: found.offset for at, found in admin.list_partition_offsets(wanted).items()}


def move(admin: Any, group: str, offsets: Offsets) -> None:
    """Let `group`, in which nobody is, go on from `offsets`. Raises OffsetsRefused."""
    wanted = {at: OffsetAndMetadata(offset, "", -1) for at, offset in offsets.items()}
    try:
        answered = admin.alter_group_offsets(group, wanted)
    except KafkaError as error:
        raise OffsetsRefused(
            f"the offsets of {group} cannot be moved ({error!r}); run `pipegauge rebuild` again"
        ) from error
    refused = sorted({error.__name__ for error in answered.values() if error is not NoError})
    if refused:
        raise OffsetsRefused(
            f"the offsets of {group} cannot be moved ({', '.join(refused)}); stop its processes and run "
            "`pipegauge rebuild` again"
        )
