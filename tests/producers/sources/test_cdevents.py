"""CDEvents: one event is the same in every mode, and what it tells ends in observations."""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from producers.gateway import Reading, read
from producers.registry import find_source
from producers.sender import signed_headers
from schemas.catalog import Catalog
from schemas.config import Service
from schemas.deliveries import Delivery, Secret
from schemas.events import Event
from tests.stream_processors.telling import told_by, values_of

SOURCE = find_source("cdevents")
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
MINUTE, HOUR = 60_000, 3_600_000
PLAIN = {"content-type": "application/json"}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
OLD, NEW = "0" * 39 + "a", "0" * 39 + "b"


def cdevent(
    name: str, time: str, id_: str, content: dict[str, Any], custom: object = None, version: str = "0.3.0"
) -> dict[str, Any]:
    context = {
        "specversion": "0.5.1",
        "id": f"{name}-{id_}-{time}",
        "source": "/ci",
        "timestamp": f"2026-03-02T{time}Z",
    }
    told = {
        "context": {**context, "type": f"dev.cdevents.{name}.{version}"},
        "subject": {"id": id_, "content": content},
    }
    return told if custom is None else {**told, "customData": custom}


def cloud_event(event: dict[str, Any]) -> dict[str, Any]:
    context = event["context"]
    return {"specversion": "1.0", "id": context["id"], "source": "/ci", "type": context["type"], "data": event}


def in_base64(event: dict[str, Any]) -> dict[str, Any]:
    envelope = cloud_event(event)
    return {**envelope, "data_base64": base64.b64encode(orjson.dumps(envelope.pop("data"))).decode()}


def reading(body: object, headers: dict[str, str]) -> Reading:
    return read(Delivery("cdevents", headers, orjson.dumps(body), None, NOW), SOURCE, b"salt")


def events_of(bodies: Iterable[dict[str, Any]]) -> list[Event]:
    found = [reading(body, PLAIN) for body in bodies]
    assert not [one.reason for one in found if one.outcome != "accepted"]
    return [event for one in found for event in one.events]


FORGED = "pkg:github/northwind/parcels@1.2"
RUN = {"pipelineName": "verify", "uri": "https://ci.example/318"}
STARTED = cdevent("pipelinerun.started", "10:00:40", "318", RUN)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (STARTED, {**PLAIN, "ce-type": STARTED["context"]["type"], "ce-id": "another"}),
        (cloud_event(STARTED), STRUCTURED),
        (cloud_event(STARTED), PLAIN),
        (in_base64(STARTED), STRUCTURED),
        ([cloud_event(STARTED)], BATCH),
        ([STARTED], BATCH),
    ],
    ids=["binary", "structured", "structured without its content type", "base64", "batch", "batch of bare events"],
)
def test_the_same_event_is_one_in_every_mode(body: object, headers: dict[str, str]) -> None:
    assert reading(body, headers).events == reading(STARTED, PLAIN).events


@pytest.mark.parametrize("version", ["0.1.1", "0.2.0", "0.4.0-draft", "1.17.3"])
def test_an_event_is_known_by_subject_and_predicate_whatever_its_version(version: str) -> None:
    assert reading(cdevent("pipelinerun.started", "10:00:40", "318", RUN, version=version), PLAIN).events == tuple(
        events_of([STARTED])
    )


@pytest.mark.parametrize(
    "type_", ["", "push", "dev.cdevents.build.started", "dev.cdevents.build_started_0.1.0", "dev.tekton.event.run.v1"]
)
def test_another_type_is_a_dead_letter_that_names_the_field(type_: str) -> None:
    event = cdevent("build.started", "10:00:00", "1", {})
    event["context"]["type"] = type_
    told = reading(event, PLAIN)
    assert (told.outcome, told.field) == ("dead-letter", "context.type")


def test_types_of_a_tool_s_own_are_ignored_and_unknown_ones_are_not() -> None:
    event = cdevent("kettle.boiled", "10:00:00", "1", {})
    assert (reading(event, PLAIN).event_name, reading(event, PLAIN).outcome) == ("kettle.boiled", "dead-letter")
    event["context"]["type"] = "dev.cdeventsx.acme-kettle.boiled.0.1.0"
    assert (reading(event, PLAIN).event_name, reading(event, PLAIN).outcome) == ("custom", "ignored")


def test_a_batch_with_an_event_that_fits_no_mapping_is_a_dead_letter_as_a_whole() -> None:
    told = reading([cloud_event(STARTED), cloud_event(cdevent("kettle.boiled", "10:00:00", "1", {}))], BATCH)
    assert (told.outcome, told.events) == ("dead-letter", ())
    broken = reading([cloud_event(STARTED), {"specversion": "1.0"}], BATCH)
    assert broken.field == "[1].data"


@pytest.mark.parametrize("mode", [lambda event: event, cloud_event, in_base64])
def test_people_are_hashed_wherever_they_stand(mode: Any) -> None:
    custom = {"actor": "ann-example", "reviewers": ["bob-example"], "assignee": {"name": "bob-example", "id": 4}}
    told = reading(
        mode(cdevent("artifact.published", "10:00:00", "pkg:oci/a", {"user": "ann-example"}, custom)), STRUCTURED
    )
    assert told.outcome == "accepted"
    assert b"example" not in told.stored_body
    assert b'"data_base64"' not in told.stored_body
    assert "example" not in str(told.events)


@pytest.mark.parametrize("value", [{"full_name": "a/b"}, ["x"], 7, True, None, ""])
def test_custom_data_is_the_tool_s_own_and_another_type_than_ours_is_not_read(value: object) -> None:
    keys = ("repository", "commit", "branch", "actor", "author", "firstCommitAt")
    for name in ("change.merged", "change.created", "pipelinerun.queued"):
        told = reading(cdevent(name, "10:00:00", "57", {}, dict.fromkeys(keys, value)), PLAIN)
        assert told.events == reading(cdevent(name, "10:00:00", "57", {}), PLAIN).events


def test_custom_data_that_is_no_json_is_hashed_as_one_text() -> None:
    told = reading(cdevent("build.started", "10:00:00", "1", {}, "PGFubi1leGFtcGxlLz4="), PLAIN)
    assert told.outcome == "accepted"
    assert b"PGFubi1leGFtcGxlLz4" not in told.stored_body


def test_the_subject_s_own_source_tells_its_runs_apart() -> None:
    events = []
    for source in ("/jenkins/a", "/jenkins/b"):
        event = cdevent("pipelinerun.started", "10:00:40", "318", RUN)
        event["subject"]["source"] = source
        events += events_of([event])
    assert [event.origin.project for event in events] == ["/jenkins/a", "/jenkins/b"]
    assert events[0].id != events[1].id


@pytest.mark.parametrize(
    ("name", "content", "custom", "service"),
    [
        ("pipelinerun.started", RUN, None, "builds"),
        ("pipelinerun.started", RUN, {"repository": "northwind/parcels"}, "parcels"),
        ("pipelinerun.started", RUN, {"repository": "https://git.example/northwind/parcels.git"}, "parcels"),
        ("change.merged", {"repository": {"id": "northwind/parcels"}}, None, "parcels"),
        ("artifact.packaged", {"change": {"id": "1", "source": "git.example/northwind/parcels"}}, None, "parcels"),
        ("service.deployed", {"environment": {"id": "live"}, "artifactId": "pkg:oci/a"}, None, "57"),
        ("service.deployed", {"environment": {"id": "live"}, "artifactId": FORGED}, None, "parcels"),
        ("incident.detected", {"environment": {"id": "live"}, "service": {"id": "ledger"}}, None, "ledger"),
        ("incident.detected", {"environment": {"id": "live"}}, None, "builds"),
    ],
)
def test_an_event_goes_to_the_service_that_claims_its_repository_else_its_own_name_or_its_source(
    name: str, content: dict[str, Any], custom: object, service: str
) -> None:
    catalog = Catalog(
        [Service(name="parcels", repositories=("northwind/parcels",)), Service(name="builds", repositories=("/ci",))]
    )
    [event] = events_of([cdevent(name, "10:00:00", "57", content, custom)])
    assert catalog.place(event) == (service,)


@pytest.mark.parametrize(
    ("outcome", "duration"), [("success", 330_000), ("failure", 330_000), ("error", None), ("cancel", None)]
)
def test_a_run_that_ended_has_a_duration_unless_it_broke_or_was_cancelled(outcome: str, duration: int | None) -> None:
    told = events_of(
        [
            # The end comes first, and names no pipeline.
            cdevent("pipelinerun.finished", "10:06:10", "318", {"outcome": outcome}),
            cdevent("pipelinerun.queued", "10:00:00", "318", {}),
            cdevent("taskrun.started", "10:00:41", "318-lint", {"taskName": "lint", "pipelineRun": {"id": "318"}}),
            cdevent("build.finished", "10:05:00", "image", {}),
            STARTED,
        ]
    )
    for order in (told, told[::-1]):
        values = values_of(told_by(order))
        assert {part: value[0] for (_, part, _), value in values.items() if value and value[0] is not None} == (
            {} if duration is None else {"": duration, "verify": duration}
        )


def story() -> list[dict[str, Any]]:
    """A change from its first commit (8:00) by its merge (11:00) to production (13:00), after a first deployment."""
    repository = {"id": "northwind/parcels"}
    live = {"environment": {"id": "production"}}
    image = "pkg:oci/parcels@sha256%3Aabc?vcs_url=git%2Bhttps%3A%2F%2Fgit.example%2Fnorthwind%2Fparcels%40"
    return [
        cdevent("service.deployed", "07:00:00", "parcels", {**live, "artifactId": image + OLD}),
        cdevent(
            *("change.created", "09:00:00", "57", {"repository": repository, "description": "PAR-12 colour"}),
            {"author": "ann-example", "firstCommitAt": "2026-03-02T08:00:00Z"},
        ),
        cdevent("change.reviewed", "10:00:00", "57", {"repository": repository}, {"actor": "bob-example"}),
        cdevent("change.merged", "11:00:00", "57", {"repository": repository}, {"commit": NEW}),
        cdevent("service.upgraded", "13:00:00", "parcels", {**live, "artifactId": image + NEW}),
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_change_is_followed_from_its_first_commit_into_production(backwards: bool) -> None:
    events = events_of(story())
    values = values_of(told_by(events[::-1] if backwards else events))
    hours = {part: value[0] / HOUR for (metric, part, _), value in values.items() if value and metric == "cycle_time"}
    assert hours == {"": 5, "coding": 1, "pickup": 1, "review": 1, "deploy": 2}


def test_a_change_of_which_nobody_tells_when_work_began_is_not_measured_but_counted_as_not_linked() -> None:
    bodies = story()
    del bodies[1]["customData"]["firstCommitAt"]
    told = told_by(events_of(bodies))
    whole = [one for one in told.values() if (one.metric, one.part) == ("cycle_time", "")]
    assert [(one.weight, one.linked) for one in whole] == [(0, False)]


def test_a_deployment_whose_commit_nobody_tells_carries_no_change() -> None:
    bodies = story()
    bodies[-1]["subject"]["content"]["artifactId"] = "pkg:oci/parcels@sha256%3Aabc"
    assert values_of(told_by(events_of(bodies))) == {}


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (STARTED, "application/json"),
        (cloud_event(STARTED), "application/cloudevents+json"),
        ([], "application/cloudevents-batch+json"),
    ],
)
def test_a_file_is_sent_in_the_mode_it_is_written_in_and_its_signature_is_accepted(body: object, type_: str) -> None:
    raw, secret = orjson.dumps(body), Secret(b"whsec_c2VjcmV0IG9mIGEgdGVzdA==")
    headers = signed_headers("cdevents", "", raw, secret)
    assert headers["content-type"] == type_
    assert headers.get("ce-type") == (STARTED["context"]["type"] if body is STARTED else None)
    sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    SOURCE.verify(Delivery("cdevents", headers, raw, None, sent_at), [secret])
