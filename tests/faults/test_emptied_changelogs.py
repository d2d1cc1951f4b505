"""Fault 28, second half: emptied changelogs. On a stand of its own, since a rebuild computes everything anew."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml
from kafka.admin import KafkaAdminClient

from deploy.configuration import resolve
from deploy.make_topics import make_topics
from schemas import topics
from tests.faults import oracle
from tests.faults.parts import REPOSITORY, until
from tests.faults.stand import Stand


@pytest.fixture
def own_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    stand = Stand(tmp_path_factory.mktemp("rebuilt"))
    try:
        stand.start()
        yield stand
    finally:
        stand.stop()


def pipegauge(stand: Stand, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command with the addresses of every process of the stand."""
    values = yaml.safe_load((stand.folder / "worker.yaml").read_text())
    values["listen"] = {name: stand.url(name).removeprefix("http://") for name in ("gateway", "worker", "store")}
    values["data"] = str(stand.folder / "rebuild")
    file = stand.folder / "all.yaml"
    file.write_text(yaml.safe_dump(values))
    argv = (sys.executable, "-m", "deploy.cli", *words, "--config", str(file))
    return subprocess.run(argv, capture_output=True, text=True, timeout=150, cwd=REPOSITORY)


def _empty_changelogs(stand: Stand) -> None:
    names = {topics.changelog(name) for name in topics.TABLES}
    admin = KafkaAdminClient(bootstrap_servers=stand.broker.address)
    admin.delete_topics(sorted(names))
    until(lambda: not names & set(admin.list_topics()), 20, "the end of the changelogs")
    admin.close()
    make_topics(stand.config("worker"), resolve)


@pytest.mark.faults(28)
@pytest.mark.timeout(280)
def test_an_emptied_changelog_is_named_by_the_doctor_and_restored_by_a_rebuild(own_stand: Stand) -> None:
    stand = own_stand
    stand.send(stand.load("fault-28", 60))
    oracle.check(stand)
    stand.worker.end()
    _empty_changelogs(stand)
    said = pipegauge(stand, "doctor").stdout
    assert "was emptied" in said
    assert "pipegauge rebuild" in said
    stand.store.end()
    stand.gateway.end()
    rebuilt = pipegauge(stand, "rebuild")
    assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    for name in ("gateway", "worker", "store"):
        stand.start_part(name)
    stand.send(stand.load("fault-28", 20, first=60))
    oracle.check(stand)
