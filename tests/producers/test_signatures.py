"""Who may hand in a delivery of GitHub: whoever signed its raw bytes with one of our secrets."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from producers.signatures import github_headers, verify_github
from producers.source import BadSignature
from schemas.deliveries import Secret

CORPUS = Path(os.environ.get("PIPEGAUGE_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
BODY = b'{"zen": "Keep it logically awesome."}'
OLD, NEW = Secret(b"the old secret"), Secret(b"the new secret")


def vectors() -> list[dict[str, Any]]:
    file = CORPUS / "signatures" / "vectors.json"
    if not file.exists():
        return []
    return [vector for vector in json.loads(file.read_text()) if vector["provider"] == "github"]


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
        with pytest.raises(BadSignature, match="x-hub-signature-256 is missing"):
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
