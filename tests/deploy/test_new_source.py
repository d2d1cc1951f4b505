"""What is read off captured requests, and what is not guessed."""

from typing import Any

import pytest

from deploy.new_source.captured import Captured, guessed, seen_in
from deploy.new_source.text import function_of, request_text, source_text


def captured(document: dict[str, Any], **headers: str) -> Captured:
    return Captured("one", {name.replace("_", "-"): value for name, value in headers.items()}, document)


@pytest.mark.parametrize(
    ("requests", "naming", "events"),
    [
        ([captured({}, x_event_key="repo:push")], 'EventHeader("X-Event-Key")', ["repo:push"]),
        ([captured({}, x_acme_event="a"), captured({}, x_acme_event="b")], 'EventHeader("X-Acme-Event")', ["a", "b"]),
        ([captured({"event": "done", "type": "x"})], 'EventField("event")', ["done"]),
        ([captured({"event": {"event_type": "incident.resolved"}})], 'EventField("event.event_type")', None),
        ([captured({"type": "a"}), captured({"kind": "b"})], 'OnlyEvent("delivery")', ["delivery"]),
        ([captured({"event": "It is done, at last, we think so."})], 'OnlyEvent("delivery")', ["delivery"]),
    ],
)
def test_an_event_is_named_where_all_requests_name_one(
    requests: list[Captured], naming: str, events: list[str] | None
) -> None:
    found = guessed(requests)
    assert found.naming == naming
    assert events is None or list(found.events) == events


@pytest.mark.parametrize(
    ("headers", "proof"),
    [
        ({"x_hub_signature_256": "sha256=" + "a" * 64}, 'Hmac("X-Hub-Signature-256", "sha256=")'),
        ({"x_sonar_webhook_hmac_sha256": "a" * 64}, 'Hmac("X-Sonar-Webhook-Hmac-Sha256")'),
        ({"x_signature": "b" * 128}, 'Hmac("X-Signature", digest="sha512")'),
        ({"x_hub_signature": "sha1=" + "a" * 40}, "Credential()"),
        ({"webhook_signature": "v1,abc", "x_token": "s"}, "StandardWebhook()"),
        ({"x_acme_token": "s"}, 'Token("X-Acme-Token")'),
        ({"x_commit": "a" * 64}, "Credential()"),
        ({}, "Credential()"),
    ],
)
def test_a_proof_is_told_by_the_form_of_a_header(headers: dict[str, str], proof: str) -> None:
    assert guessed([captured({}, **headers)]).proof == proof


def test_people_are_found_and_get_made_up_names_and_repositories_keep_theirs() -> None:
    request = captured(
        {
            "sender": {"login": "maria.s", "name": "Maria S.", "id": 4},
            "review": {"author": {"name": "Maria S.", "email": "maria@acme.example"}},
            "repository": {"full_name": "acme/shop", "name": "shop"},
        },
        x_acme_token="the secret",
    )
    assert guessed([request]).personal == ("**.author.name", "**.email", "**.login", "**.sender.name")
    text = request_text(request)
    assert "aria" not in text
    assert "the secret" not in text
    assert text.count('"name": "bob-example"') == 2
    assert "acme/shop" in text


def test_what_a_mapping_may_need_is_listed_by_kind_a_few_of_each() -> None:
    document = {
        "build": {"id": 7, "attempt": 2, "status": "ok", "at": "2026-03-02T10:00:00Z", "sha": "a" * 40},
        "by": {"id": 9},
        "steps": [{"id": number} for number in range(9)],
    }
    seen = seen_in([captured(document)])
    assert seen == {
        "ids": ["build.id", "steps[0].id", "steps[1].id", "steps[2].id"],
        "attempts": ["build.attempt"],
        "words": ["build.status"],
        "times": ["build.at"],
        "commits": ["build.sha"],
    }


@pytest.mark.parametrize(
    ("event", "name"), [("repo:push", "repo_push"), ("Push Hook", "push_hook"), ("2.0", "event_2_0"), ("…", "event_")]
)
def test_an_event_gets_a_function(event: str, name: str) -> None:
    assert function_of(event) == name


def test_the_module_can_be_read_by_python_whatever_was_captured() -> None:
    for document in ({}, {"event": "x", "user": {"login": "a"}}, {"kind": "2.0"}):
        compile(source_text("acme-ci", guessed([captured(document)])), "acme_ci.py", "exec")
