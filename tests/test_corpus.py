"""Real payloads that nobody here wrote: every file goes through one of the doors, and nearly all are understood."""

import os
import statistics
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.gateway import Reading, read
from producers.registry import find_source
from schemas.deliveries import Delivery

CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
GITHUB = find_source("github")
NOW = datetime(2026, 3, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set PIPEGAUGE_CORPUS")


def readings() -> list[tuple[str, Path, Reading, float]]:
    """Each payload's event, file, reading, and the microseconds that it took."""
    found = []
    for file in sorted((CORPUS / "github").glob("*/*.json")):
        if file.name.endswith(".headers.json"):
            continue
        headers = {"content-type": "application/json", "x-github-event": file.parent.name}
        delivery = Delivery("github", headers, file.read_bytes(), None, NOW)
        begin = time.perf_counter()
        reading = read(delivery, GITHUB, b"salt")
        found.append((file.parent.name, file, reading, (time.perf_counter() - begin) * 1e6))
    return found


def test_github_payloads_are_understood() -> None:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for event, file, reading, _ in readings():
        outcomes[event][reading.outcome] += 1
        if reading.outcome == "dead-letter":
            print(f"{event}/{file.name}: {reading.reason}")
            assert reading.field, f"{file}: the mapping failed without naming a field: {reading.reason}"
    for event in sorted(GITHUB.handles):
        print(event, dict(outcomes[event]))
    assert set(outcomes) <= GITHUB.handles | GITHUB.ignores, "name the new event in github/ignored.py, or map it"
    total = sum(outcomes.values(), Counter())
    print(dict(total))
    assert total["accepted"] / (total["accepted"] + total["dead-letter"]) >= 0.95


def test_a_stored_github_payload_gives_the_same_events_again() -> None:
    for event, file, reading, _ in readings():
        again = read(
            Delivery("github", {"x-github-event": event}, reading.stored_body, None, NOW), GITHUB, b"another salt"
        )
        assert again.stored_body == reading.stored_body, file
        assert again.events == reading.events, file


def test_a_github_payload_is_read_within_the_time_it_may_take() -> None:
    readings()  # the first ones compile what later ones use
    times = sorted(took for event, _, _, took in readings() if event in GITHUB.handles)
    median, p99 = statistics.median(times), times[len(times) * 99 // 100]
    print(f"median {median:.0f} us, p99 {p99:.0f} us")
    assert median < 300
    assert p99 < 10_000, "2,000 us on a quiet machine"
