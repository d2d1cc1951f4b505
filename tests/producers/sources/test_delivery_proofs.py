"""How Flux and JFrog prove a delivery: a hash that names its function, and a secret or its hash in one place."""

import hmac
from datetime import UTC, datetime

import pytest

from producers.registry import find_source
from producers.source import BadSignature
from schemas.deliveries import Delivery, Secret

AT = datetime(2026, 3, 2, 11, tzinfo=UTC)
BODY, SECRET, OTHER = b'{"a": 1}', Secret(b"the secret of the fixtures"), Secret(b"another secret")


def hexadecimal(function: str, secret: Secret = SECRET, body: bytes = BODY) -> str:
    return hmac.digest(secret, body, function).hex()


def verify(source: str, **headers: str) -> None:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    find_source(source).verify(Delivery(source, names, BODY, None, AT), [OTHER, SECRET])


@pytest.mark.parametrize("function", ["sha224", "sha256", "sha384", "sha512"])
def test_flux_names_the_function_that_it_signs_with(function: str) -> None:
    verify("flux", x_signature=f"{function}={hexadecimal(function)}")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        hexadecimal("sha256"),
        f"sha1={hexadecimal('sha1')}",
        f"md5={hexadecimal('md5')}",
        f"sha512={hexadecimal('sha256')}",
        f"sha256={hexadecimal('sha256', body=b'{}')}",
        f"sha256={hexadecimal('sha256', secret=Secret(b'a guess'))}",
    ],
)
def test_no_other_signature_passes_for_one_of_flux(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify("flux", x_signature=signature)


def test_a_wrong_signature_is_not_mended_by_a_secret_beside_it() -> None:
    with pytest.raises(BadSignature):
        verify("flux", x_signature="sha256=" + "0" * 64, authorization=f"Bearer {SECRET.decode()}")


def test_flux_without_signatures_sends_the_secret() -> None:
    verify("flux", authorization=f"Bearer {SECRET.decode()}")


@pytest.mark.parametrize("sent", [SECRET.decode(), hexadecimal("sha256")])
def test_jfrog_sends_the_secret_or_the_hash_under_it(sent: str) -> None:
    verify("jfrog", x_jfrog_event_auth=sent)


@pytest.mark.parametrize("sent", ["", "a guess", hexadecimal("sha1"), hexadecimal("sha256", body=b"{}")])
def test_nothing_else_passes_for_a_delivery_of_jfrog(sent: str) -> None:
    with pytest.raises(BadSignature):
        verify("jfrog", x_jfrog_event_auth=sent)
    with pytest.raises(BadSignature):
        verify("jfrog")


@pytest.mark.parametrize(
    "source",
    [
        "argocd",
        "codacy",
        "codecov",
        "docker-hub",
        "flux",
        "harbor",
        "jfrog",
        "octopus",
        "snyk",
        "sonarqube",
        "spinnaker",
    ],
)
def test_what_a_source_signs_it_accepts_and_another_body_or_secret_it_does_not(source: str) -> None:
    proof = find_source(source).proof  # type: ignore[attr-defined]
    signed = proof.sign(BODY, SECRET, "1", AT)
    proof.verify(Delivery(source, signed.headers, BODY, signed.url_token, AT), [OTHER, SECRET])
    with pytest.raises(BadSignature):
        proof.verify(Delivery(source, signed.headers, BODY, signed.url_token, AT), [OTHER])
    with pytest.raises(BadSignature):
        proof.verify(Delivery(source, {}, BODY, None, AT), [OTHER, SECRET])
