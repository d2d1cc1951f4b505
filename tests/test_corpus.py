"""Real payloads that nobody here wrote: every file goes through one of the doors, and nearly all are understood."""

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from deploy.conformance.payloads import corpus_in
from producers.conformance.case import Case, Outcome, put
from producers.gateway import Reading, read
from producers.registry import find_source, source_names
from schemas.deliveries import Delivery

ROOT = Path(__file__).parents[1]
CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
GITHUB = find_source("github")
CDEVENTS = find_source("cdevents")
NOW = datetime(2026, 3, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set PIPEGAUGE_CORPUS")


def of_corpus(source: str) -> list[tuple[Case, Outcome]]:
    """Each payload that `source` reads, and what it makes of it."""
    cases = [case for found in corpus_in(CORPUS, [source]).of(source).values() for case in found]
    return [(case, put(find_source(source), case)) for case in cases]


@pytest.mark.parametrize("source", source_names())
def test_every_payload_of_a_source_leaves_by_a_door_and_nearly_all_are_understood(source: str) -> None:
    read = of_corpus(source)
    if not read:
        pytest.skip(f"no payloads of {source} in {CORPUS}")
    doors = Counter(outcome.door for case, outcome in read if not (case.excerpt and outcome.door == "dead-letter"))
    print(source, dict(doors), dict(Counter(outcome.reason for _, outcome in read if outcome.reason)))
    assert doors["exception"] == 0
    # A single one proves nothing where there are few.
    assert doors["dead-letter"] <= max(1, 0.05 * (doors["accepted"] + doors["dead-letter"]))


def test_every_event_of_github_is_mapped_or_ignored_on_purpose() -> None:
    for case, outcome in of_corpus("github"):
        assert outcome.event_name in GITHUB.handles | GITHUB.ignores, "name it in github/ignored.py, or map it"
        assert outcome.door != "dead-letter" or outcome.field, f"{case.name}: the dead letter names no field"


def test_a_stored_github_payload_gives_the_same_events_again() -> None:
    for case, _ in of_corpus("github"):
        delivery = case.delivery("github")
        first = read(delivery, GITHUB, b"salt")
        again = read(replace(delivery, body=first.stored_body), GITHUB, b"another salt")
        assert again.stored_body == first.stored_body, case.name
        assert again.events == first.events, case.name


def cdevents_of(release: str) -> list[Path]:
    """The conformance events of a release."""
    folder = CORPUS / "cdevents" / "tags" / release
    return [*sorted(folder.glob("conformance/*.json")), *sorted(folder.glob("custom/conformance.json"))]


def reading_of_cdevent(file: Path, document: object | None = None) -> Reading:
    body = file.read_bytes() if document is None else orjson.dumps(document)
    return read(Delivery("cdevents", {"content-type": "application/json"}, body, None, NOW), CDEVENTS, b"salt")


@pytest.mark.parametrize(("release", "types"), [("v0.4.1", 46), ("v0.5.1", 46)])
def test_every_event_of_a_release_of_cdevents_is_mapped_or_ignored_on_purpose(release: str, types: int) -> None:
    found = {file.name: reading_of_cdevent(file) for file in cdevents_of(release)}
    outcomes = Counter(reading.outcome for reading in found.values())
    print(release, dict(outcomes))
    assert sum(outcomes.values()) == types
    assert not {name: reading.reason for name, reading in found.items() if reading.outcome == "dead-letter"}
    ignored = {reading.event_name for reading in found.values() if reading.outcome == "ignored"}
    assert ignored <= CDEVENTS.ignores, "a conformance event that we handle says nothing"


def test_an_event_of_cdevents_is_the_same_whatever_release_tells_it() -> None:
    newer = {file.name: reading_of_cdevent(file).events for file in cdevents_of("v0.5.1")}
    for file in cdevents_of("v0.4.1"):
        assert reading_of_cdevent(file).events == newer.get(file.name, ()), file


def test_two_conformance_events_have_two_ids() -> None:
    for release in ("v0.4.1", "v0.5.1"):
        ids = [event.id for file in cdevents_of(release) for event in reading_of_cdevent(file).events]
        assert len(ids) == len(set(ids)) > 30


def test_other_files_of_cdevents_are_dead_letters_with_a_reason_or_ignored() -> None:
    for file in sorted((CORPUS / "cdevents").rglob("*.json")):
        reading = reading_of_cdevent(file)
        if reading.outcome == "dead-letter":
            assert reading.reason
            assert "mapping of cdevents failed" not in reading.reason, file


def schemas_of(release: str) -> tuple[dict[str, dict[str, object]], Registry]:
    """The JSON schemas of a release by the type they are for, and what resolves their references."""
    folder = CORPUS / "cdevents" / "tags" / release / "schemas"
    documents = [orjson.loads(file.read_bytes()) for file in folder.rglob("*.json")]
    registry: Registry = Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in documents if "$id" in document
    )
    found = {}
    for document in documents:
        context = document.get("properties", {}).get("context", {}).get("properties", {})
        for type_ in context.get("type", {}).get("enum", ()):
            found[type_] = document
    return found, registry


def test_our_own_fixtures_are_valid_by_the_schemas_of_cdevents() -> None:
    releases = {release.removeprefix("v"): schemas_of(release) for release in ("v0.4.1", "v0.5.1")}
    if not all(schemas for schemas, _ in releases.values()):
        pytest.skip(f"no schemas of CDEvents in {CORPUS}")
    checked = Counter[str]()
    for file in sorted((ROOT / "tests/fixtures/sources/cdevents").rglob("*.request.json")):
        body = orjson.loads(file.read_bytes())["body"]
        for envelope in body if isinstance(body, list) else [body]:
            if "data_base64" in envelope:
                continue  # its text is checked by what becomes of it
            event = envelope.get("data", envelope)
            release = event["context"].get("specversion") or event["context"]["version"]
            schemas, registry = releases[release]
            schema = schemas[event["context"]["type"]]
            errors = list(Draft202012Validator(schema, registry=registry).iter_errors(event))
            assert not errors, f"{file}: {errors[0].message} at {errors[0].json_path}"
            checked[release] += 1
    print(dict(checked))
    assert min(checked.values()) > 10
