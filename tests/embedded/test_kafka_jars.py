from pathlib import Path

import pytest

from deploy.embedded.kafka_jars import DEFAULT_CACHE, POM, VERSION, KafkaUnavailable, fetch_jars


@pytest.fixture(autouse=True)
def _no_maven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("KAFKA_HOME", raising=False)


def test_a_filled_cache_needs_no_maven_and_says_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    assert fetch_jars(tmp_path, said.append) == tmp_path
    assert said == []


def test_without_maven_the_error_names_it_and_the_way_around(tmp_path: Path) -> None:
    with pytest.raises(KafkaUnavailable, match=r"Maven \(mvn\) is not installed; .* KAFKA_HOME"):
        fetch_jars(tmp_path / "cache", lambda _line: None)
    assert list(tmp_path.iterdir()) == []


def test_what_maven_said_is_shown_and_no_half_filled_cache_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text("#!/bin/sh\necho '[ERROR] no route'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", str(maven.parent))
    with pytest.raises(KafkaUnavailable, match=r"it said:\n\[ERROR\] no route$"):
        fetch_jars(tmp_path / "cache", lambda _line: None)
    assert list(tmp_path.iterdir()) == [maven.parent]


def test_an_installed_kafka_is_used_in_place_of_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libs = tmp_path / "kafka" / "libs"
    libs.mkdir(parents=True)
    monkeypatch.setenv("KAFKA_HOME", str(tmp_path / "kafka"))
    with pytest.raises(KafkaUnavailable, match="KAFKA_HOME has no Kafka broker"):
        fetch_jars(tmp_path / "cache")
    (libs / f"kafka_2.13-{VERSION}.jar").touch()
    assert fetch_jars(tmp_path / "cache") == libs


def test_the_version_is_the_one_that_maven_is_asked_for() -> None:
    assert f"<kafka.version>{VERSION}</kafka.version>" in POM.read_text()
    assert VERSION in DEFAULT_CACHE.name
