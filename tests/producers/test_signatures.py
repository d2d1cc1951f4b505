"""Who may hand in a delivery of GitHub: whoever signed its raw bytes with one of our secrets."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from producers.registry import find_source
from producers.signatures import (
    github_headers,
    standard_webhook_headers,
    verify_standard_webhook,
)
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret

CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
BODY = b'{"zen": "Keep it logically awesome."}'
OLD, NEW = Secret(b"the old secret"), Secret(b"the new secret")


def verify_github(headers: dict[str, str], body: bytes, secrets: list[Secret]) -> None:
    find_source("github").verify(Delivery("github", headers, body, None, datetime(2026, 3, 2, tzinfo=UTC)), secrets)


def vectors(provider: str = "github") -> list[dict[str, Any]]:
    file = CORPUS / "signatures" / "vectors.json"
    if not file.exists():
        return []
    return [vector for vector in json.loads(file.read_text()) if vector["provider"] == provider]


def test_the_example_of_githubs_documentation_is_accepted() -> None:
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    verify_github({"x-hub-signature-256": signature}, b"Hello, World!", [Secret(b"It's a Secret to Everybody")])


@pytest.mark.parametrize("secrets", [[NEW], [OLD, NEW], [NEW, OLD]])
def test_any_of_several_secrets_is_accepted(secrets: list[Secret]) -> None:
    verify_github(github_headers("ping", BODY, NEW, "a-delivery"), BODY, secrets)


@pytest.mark.parametrize("secrets", [[], [OLD], [Secret(b"")]])
def test_another_secret_or_none_is_refused(secrets: list[Secret]) -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify_github(github_headers("ping", BODY, NEW, "a-delivery"), BODY, secrets)


def test_a_body_that_was_changed_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not fit"):
        verify_github(github_headers("ping", BODY, NEW, "a-delivery"), BODY + b" ", [NEW])


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=abc", "sha1=" + "a" * 40, "a" * 64, "sha256=" + "é" * 64])
def test_a_malformed_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature, match="64 hexadecimal digits"):
        verify_github({"x-hub-signature-256": signature}, BODY, [NEW])


def test_no_signature_and_only_the_legacy_one_are_refused() -> None:
    for headers in ({}, {"x-hub-signature": "sha1=" + "a" * 40}):
        with pytest.raises(BadSignature, match="X-Hub-Signature-256 is missing"):
            verify_github(headers, BODY, [NEW])


def test_the_vectors_of_the_corpus_hold() -> None:
    found = vectors()
    if not found:
        pytest.skip(f"no corpus at {CORPUS}; set PIPEGAUGE_CORPUS")
    for vector in found:
        headers = {name.lower(): value for name, value in vector["headers"].items()}
        body = (CORPUS / "signatures" / vector["body"]).read_bytes()
        accepted = vector["expect"] == "valid" and "x-hub-signature-256" in headers
        try:
            verify_github(headers, body, [Secret(vector["secret"].encode())])
        except BadSignature:  # right for those that are not to be accepted
            assert not accepted, vector["name"]
        else:
            assert accepted, vector["name"]


STANDARD = Secret(b"whsec_bm9ydGh3aW5kIHBhcmNlbHMgc2VjcmV0")
SENT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def webhook(
    headers: dict[str, str] | None = None, body: bytes = BODY, token: str | None = None, late: float = 0
) -> Delivery:
    signed = standard_webhook_headers("msg-1", SENT, BODY, STANDARD) if headers is None else headers
    return Delivery("cdevents", signed, body, token, SENT + timedelta(seconds=late))


def test_the_vectors_of_standard_webhooks_hold() -> None:
    found = vectors("standard-webhooks")
    if not found:
        pytest.skip(f"no corpus at {CORPUS}; set PIPEGAUGE_CORPUS")
    for vector in found:
        at = datetime.fromtimestamp(int(vector["headers"]["webhook-timestamp"]), UTC)
        body = (CORPUS / "signatures" / vector["body"]).read_bytes()
        secrets = [Secret(vector["secret"].encode())]
        verify_standard_webhook(Delivery("cdevents", vector["headers"], body, None, at), secrets)
        with pytest.raises(BadSignature):
            verify_standard_webhook(Delivery("cdevents", vector["headers"], body + b" ", None, at), secrets)


@pytest.mark.parametrize("late", [-300, 0, 300])
@pytest.mark.parametrize("secrets", [[STANDARD], [OLD, STANDARD]])
def test_a_standard_webhook_is_accepted_within_five_minutes(late: float, secrets: list[Secret]) -> None:
    find_source("cdevents").verify(webhook(late=late), secrets)


def test_a_secret_that_is_no_base64_is_the_key_itself() -> None:
    for secret in (NEW, Secret(b"whsec_not base64")):
        verify_standard_webhook(webhook(standard_webhook_headers("msg-1", SENT, BODY, secret)), [secret])


def test_one_of_several_signatures_is_enough() -> None:
    headers = standard_webhook_headers("msg-1", SENT, BODY, STANDARD)
    other = standard_webhook_headers("msg-1", SENT, BODY, OLD)["webhook-signature"]
    verify_standard_webhook(
        webhook({**headers, "webhook-signature": f"v1a,xyz {other} {headers['webhook-signature']}"}), [STANDARD]
    )


@pytest.mark.parametrize("late", [-301, 301])
def test_an_old_webhook_is_refused(late: float) -> None:
    with pytest.raises(BadSignature, match="5 minutes"):
        find_source("cdevents").verify(webhook(late=late), [STANDARD])


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg-2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1772445601"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,\xe9"},
        {"webhook-signature": "v2,abc"},
    ],
)
def test_a_webhook_of_which_anything_was_changed_is_refused(changed: dict[str, str]) -> None:
    headers = {**standard_webhook_headers("msg-1", SENT, BODY, STANDARD), **changed}
    with pytest.raises(BadSignature):
        find_source("cdevents").verify(webhook(headers), [STANDARD])
    with pytest.raises(BadSignature):
        find_source("cdevents").verify(webhook(body=BODY + b" "), [STANDARD])


def test_a_bad_signature_is_not_saved_by_a_good_token() -> None:
    headers = {**standard_webhook_headers("msg-1", SENT, BODY, OLD), "authorization": f"Bearer {STANDARD.decode()}"}
    with pytest.raises(BadSignature, match="webhook-signature"):
        find_source("cdevents").verify(webhook(headers), [STANDARD])


@pytest.mark.parametrize("authorization", ["Bearer the new secret", "bearer  the new secret", "the new secret"])
def test_a_token_in_the_header_is_accepted(authorization: str) -> None:
    find_source("cdevents").verify(webhook({"authorization": authorization}), [OLD, NEW])


def test_a_token_in_the_path_is_accepted_whatever_a_proxy_asks_for() -> None:
    find_source("cdevents").verify(webhook({}, token="the new secret"), [OLD, NEW])
    find_source("cdevents").verify(webhook({"authorization": "Basic cHJveHk6cHJveHk="}, token="the new secret"), [NEW])


@pytest.mark.parametrize("token", [None, "", "the new secre", "the new secret ", "\xe9"])
@pytest.mark.parametrize("secrets", [[NEW], [], [Secret(b"")]])
def test_no_token_and_another_one_are_refused(token: str | None, secrets: list[Secret]) -> None:
    for delivery in (webhook({}, token=token), webhook({"authorization": f"Basic {token}"})):
        with pytest.raises(BadSignature):
            find_source("cdevents").verify(delivery, secrets)
