"""Verification: what the vendor signed is taken, with the old secret and the new; all else is refused. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from producers.conformance.case import RECEIVED_AT, Sample
from producers.conformance.finding import Finding
from producers.conformance.signing import Sign, sign_of, signed_delivery, verdict
from producers.source import Source
from schemas.deliveries import Delivery, Secret

_SECRET, _NEWER, _STRANGER = Secret(b"correct horse battery"), Secret(b"staple on a new horse"), Secret(b"guessed")
_GARBAGE = ("", "x", "ü", "sha256=", "v1=,v1=", "\xff", "0" * 5_000)
_COMPARE = "check it with a proof of producers.proof, and raise BadSignature unless it fits"
_LIKELY = ("authorization", "x-hub-signature-256", "x-signature", "x-webhook-token", "webhook-signature")


def verification(source: Source, samples: Sequence[Sample]) -> list[Finding]:
    """What is wrong with whom `source` believes."""
    headers, body = (samples[0].case.headers, samples[0].case.body) if samples else ({}, b'{"a": 1}')
    plain = Delivery(source.name, headers, body, None, RECEIVED_AT)
    findings = [*_missing(source, plain), *_garbage(source, plain)]
    sign = sign_of(source, headers, body, RECEIVED_AT)
    if sign is None:
        return [
            *findings,
            Finding(
                "verification", "gap", "it is not told how a delivery is signed, so that nobody tried a valid one",
                "give the source a `proof`, or make it a producers.vendor.Vendor",
            ),
        ]  # fmt: skip
    return [*findings, *_valid(source, plain, sign), *_forged(source, plain, sign), *_replayed(source, plain, sign)]


def _missing(source: Source, plain: Delivery) -> Iterator[Finding]:
    for secrets, told in (([_SECRET], "an unsigned delivery"), ([], "an unsigned delivery while no secret is set")):
        yield from _must_refuse(source, plain, secrets, told, f"a delivery without a signature is nobody's: {_COMPARE}")


def _garbage(source: Source, plain: Delivery) -> Iterator[Finding]:
    names = {*verdict(source, plain, [_SECRET]).asked, *_LIKELY}
    for value in _GARBAGE:
        delivery = _with_headers(plain, dict.fromkeys(names, value))
        yield from _must_refuse(source, delivery, [_SECRET], "a signature that is none", _COMPARE, repr(value[:20]))


def _valid(source: Source, plain: Delivery, sign: Sign) -> Iterator[Finding]:
    signed = _signed(source, plain, sign, _SECRET)
    for secrets, told in (
        ([_SECRET], "a delivery that is signed with the secret"),
        ([_NEWER, _SECRET], "a delivery signed with the old secret while both are set"),
        ([_SECRET, _NEWER], "a delivery signed with the first of two secrets"),
    ):
        answer = verdict(source, signed, secrets)
        if not answer.accepted:
            said = f"{told} is refused"
            yield Finding("verification", "fault", said, "accept a delivery that any one of `secrets` vouches for")
    for secrets in ([_NEWER], []):
        remedy = "a secret that is not in `secrets` any more vouches for nothing"
        yield from _must_refuse(source, signed, secrets, "a delivery signed with a secret that was withdrawn", remedy)


def _forged(source: Source, plain: Delivery, sign: Sign) -> Iterator[Finding]:
    stranger = _signed(source, plain, sign, _STRANGER)
    yield from _must_refuse(source, stranger, [_SECRET], "a delivery signed with another secret", _COMPARE)
    signed = _signed(source, plain, sign, _SECRET)
    asked = verdict(source, signed, [_SECRET]).asked
    added = [name for name in asked if signed.headers.get(name) != plain.headers.get(name)]
    for name in added:
        value = signed.headers.get(name, "")
        for other in ("", value[: len(value) // 2], _one_letter_off(value)):
            if other == value or value.startswith("Basic "):  # whoever the user is, the password counts
                continue
            delivery = _with_headers(signed, {name: other})
            yield from _must_refuse(source, delivery, [_SECRET], "a signature with a letter changed", _COMPARE, name)
    if _covers_the_body(plain, sign):
        other_body = Delivery(source.name, signed.headers, plain.body + b" ", signed.url_token, signed.received_at)
        remedy = "compute the signature over the raw bytes of `delivery.body`"
        yield from _must_refuse(source, other_body, [_SECRET], "a body that was changed after it was signed", remedy)


def _replayed(source: Source, plain: Delivery, sign: Sign) -> Iterator[Finding]:
    """Where a time is signed, an old delivery is refused; elsewhere the same delivery gives the same ids (identity)."""
    later = RECEIVED_AT + timedelta(days=1)
    if sign(plain.body, _SECRET, "1", RECEIVED_AT) == sign(plain.body, _SECRET, "1", later):
        return
    signed = _signed(source, plain, sign, _SECRET)
    for at in (later, RECEIVED_AT - timedelta(days=1)):
        remedy = "refuse a signed time that is more than 5 minutes from `delivery.received_at`"
        yield from _must_refuse(source, _at(signed, at), [_SECRET], "a delivery signed a day before it came", remedy)
    if not verdict(source, _at(signed, RECEIVED_AT + timedelta(seconds=60)), [_SECRET]).accepted:
        said = "a delivery that was signed a minute before it came is refused"
        yield Finding("verification", "fault", said, "allow 5 minutes: senders wait, and clocks differ")


def _must_refuse(
    source: Source, delivery: Delivery, secrets: Sequence[Secret], told: str, remedy: str, where: str = ""
) -> Iterator[Finding]:
    answer = verdict(source, delivery, secrets)
    places = (where,) if where else ()
    if answer.accepted:
        yield Finding("verification", "fault", f"{told} is accepted", remedy, places)
    elif answer.crash:
        said = f"{told} makes `verify` raise {answer.crash.splitlines()[0][:100]}"
        yield Finding("verification", "fault", said, "raise BadSignature, and nothing else", places)


def _covers_the_body(plain: Delivery, sign: Sign) -> bool:
    return sign(plain.body, _SECRET, "1", RECEIVED_AT) != sign(plain.body + b" ", _SECRET, "1", RECEIVED_AT)


def _signed(source: Source, plain: Delivery, sign: Sign, secret: Secret) -> Delivery:
    signed = sign(plain.body, secret, "1", plain.received_at)
    return signed_delivery(source, plain.headers, plain.body, signed, plain.received_at)


def _with_headers(delivery: Delivery, headers: Mapping[str, str]) -> Delivery:
    merged = {**delivery.headers, **headers}
    return Delivery(delivery.source, merged, delivery.body, delivery.url_token, delivery.received_at)


def _at(delivery: Delivery, at: datetime) -> Delivery:
    return Delivery(delivery.source, delivery.headers, delivery.body, delivery.url_token, at)


def _one_letter_off(value: str) -> str:
    """The value with a letter in the middle changed: at the end of base64 a letter may mean nothing."""
    middle = len(value) // 2
    return value[:middle] + ("0" if value[middle : middle + 1] != "0" else "1") + value[middle + 1 :]
