"""What is masked before anything is kept: secrets and addresses of any form, at any place, and nothing else."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from producers.gateway import read, take_in
from producers.personal import hashed
from producers.redaction import DEFAULT, Redaction
from producers.registry import find_source
from producers.reports.formats import FORMATS
from producers.reports.posted import PostedReport
from schemas.catalog import Catalog
from schemas.config import SourceSettings
from schemas.config_text import ConfigError, parse
from schemas.deliveries import Delivery
from schemas.redact import Redact
from tests.producers.gateway.acme import SECRET, Acme, run, signed
from tests.producers.sources.golden import SALT, Case, cases

NOTHING = Redaction(Redact(without=("tokens", "addresses", "emails", "keys")))
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
SIGNED = SourceSettings(secrets=("x",))
A36 = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"  # of no service: what follows a token's prefix
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/=IBAAKCAQEA\nxyz==\n-----END RSA PRIVATE KEY-----"
SECRETS = {
    **{f"of GitHub, gh{letter}": f"gh{letter}_{A36}" for letter in "pousr"},
    "of GitHub, fine-grained": f"github_pat_{A36}_{A36}",
    "of GitLab": f"glpat-{A36[:20]}",
    "of GitLab, routable": f"glpat-{A36}.01.0w1ab2c3d",
    "of GitLab's runner": f"glrt-{A36[:20]}",
    "of AWS": "AKIA" + A36[:16].upper(),
    "of AWS, for a while": "ASIA" + A36[:16].upper(),
    "of Google": "AIza" + A36[:35],
    "of Atlassian": "ATATT3" + A36,
    "of npm": f"npm_{A36}",
    "of PyPI": f"pypi-AgE{A36}",
    "of Docker Hub": f"dckr_pat_{A36[:10]}-_{A36[:15]}",
    "of Slack": f"xoxb-1234567890-{A36}",
    "of Stripe": f"sk_live_{A36}",
    "of Standard Webhooks": f"whsec_{A36[:28]}+/=",
    "of SonarQube": "sqp_" + "0123456789abcdef" * 2 + "01234567",
    "of Vault": f"hvs.{A36}",
    "a JSON Web Token": f"eyJ{A36}.eyJ{A36}.{A36[:20]}-_",
    "a private key": KEY,
}


def masked(text: str) -> str:
    """What is kept of a text in a payload."""
    document = {"a": [{"b": text}]}
    found, _ = DEFAULT.document(document, orjson.dumps(document), SALT)
    assert found == {"a": [{"b": DEFAULT.text(text, SALT)}]}, "what is in a payload is found there"
    return DEFAULT.text(text, SALT)


@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
def test_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    assert masked(secret) == "***"
    assert masked(f"use {secret}\nthen go on") == "use ***\nthen go on"
    assert masked(f"use\n{secret}") == "use\n***"
    assert masked(f'é: "{secret}"') == 'é: "***"'


def test_a_private_key_that_is_broken_off_is_masked_to_its_end() -> None:
    assert masked(KEY[:60]) == "***"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Authorization: Bearer {A36}", "Authorization: Bearer ***"),
        ("https://ann:pa55@git.example/acme/shop", "https://***@git.example/acme/shop"),
        (f"https://x-access-token:{A36}@github.com/acme/shop.git", "https://***@github.com/acme/shop.git"),
        ("postgres://shop:pa55@db:5432/shop", "postgres://***@db:5432/shop"),
        ("https://ci.example/job?a=1&private_token=pa55&b=2", "https://ci.example/job?a=1&private_token=***&b=2"),
        ("https://ci.example/hook?token=pa55", "https://ci.example/hook?token=***"),
        ("(https://b.example/o?X-Amz-Signature=a1b2)", "(https://b.example/o?X-Amz-Signature=***"),
        ("<a href='https://x.example/?a=b&amp;secret=pa55'>", "<a href='https://x.example/?a=b&amp;secret=***'>"),
    ],
)
def test_of_an_address_only_what_is_secret_is_masked(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_an_e_mail_address_becomes_the_hash_of_it_so_that_two_stay_two() -> None:
    ann, bob = "ann@mail.example", "bob.example+shop@mail.example"
    told = masked(f"Co-authored-by: Ann <{ann}>, {bob}.\nReviewed-by: {ann}")
    hashes = {address: DEFAULT.text(address, SALT) for address in (ann, bob)}
    assert told == f"Co-authored-by: Ann <{hashes[ann]}>, {hashes[bob]}.\nReviewed-by: {hashes[ann]}"
    assert all(one.startswith("h:") and len(one) == 22 for one in hashes.values())
    assert "müller" not in masked("an müller@mail.example")


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:acme/shop.git",
        "ssh://git@git.example:7999/acme/shop.git",
        "ssh://deployer@git.example/acme/shop.git",
        "deployer@git.example:acme/shop.git",
        "pkg:npm/%40acme/cart@1.4.2",
        "pkg:npm/left-pad@1.3.0-beta.rc",
        "actions/checkout@v4",
        "thanks @ann-example and @bob-example.",
        "0123456789abcdef0123456789abcdef01234567",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "sk-fix-checkout-flow-of-the-cart",
        "pypi-publish-to-production-fast",
        "npm_install_and_build_everything_twice",
        "task_ghp_is_short",
        "the bearer authentication-of-the-cart",
        "https://jira.example/browse?key=SHOP-12&design=flat",
        "https://avatars.example/u/1?v=4",
        "token=abc in a text is no address",
        "h:0123456789abcdef0123",
        "-----BEGIN PUBLIC KEY-----",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


PIECES = [*SECRETS.values(), "ann@mail.example", "https://a:b@c.example/?token=d&x=e", "é", " ", "\n", '"', "\\"]
SCRAPS = [*PIECES, "@", "=", "://", "?sig=", ":", "/", ".", "-", "git", "eyJ", "Bearer ", "h:", "***", "ghp_", "-----"]


@settings(max_examples=2_000, deadline=None)
@given(st.lists(st.sampled_from(SCRAPS) | st.text(max_size=5), max_size=8).map("".join))
@example("ann@mail.exampleann@mail.example")
@example(f"{KEY}eyJ{A36}.eyJ{A36}.")
def test_what_was_masked_is_not_changed_again(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join))
def test_no_secret_is_left_among_others(text: str) -> None:
    kept = masked(text)
    assert not [secret for secret in (*SECRETS.values(), "ann@mail.example", "a:b@", "token=d") if secret in kept]


HALF_A_MEGABYTE = 1 << 19


@pytest.mark.parametrize(
    "piece",
    [
        *("a", "@", "a@", "a.", "a@a.", "a@a.bc:", "ghp_", "_ghp_a", "npm_a-", "eyJ", "eyJaaaaaaaa.", "-eyJ", "glpat-"),
        *("://", "://a:", "?", "?token", "&a.token=", "=", "Bearer ", "Bearer a", "A", "AKIA", "hvs.", "é", "-----"),
        *("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "BEGIN PRIVATE KEY-----a-", "sk_live_", "a" * 19 + "-"),
    ],
)
def test_whatever_a_text_repeats_it_takes_time_by_its_length(piece: str) -> None:
    text = piece * (HALF_A_MEGABYTE // len(piece))
    began = time.process_time()
    DEFAULT.document([text], orjson.dumps(text), SALT)
    assert time.process_time() - began < 2, "half a megabyte; what is quadratic takes minutes"


def test_what_keys_say_is_secret_is_hashed_whatever_it_looks_like() -> None:
    body = {"hook": {"secret": "x", "password": "", "url": "u"}, "tokens": 3, "token": ["a", 1], "api_key": None}
    delivery = Delivery("acme", {}, orjson.dumps(run() | body), None, NOON)
    stored = orjson.loads(read(delivery, Acme(), SALT).stored_body)
    assert {name: stored[name] for name in body} == {
        "hook": {"secret": hashed("x", SALT), "password": "", "url": "u"},
        "tokens": 3,
        "token": [hashed("a", SALT), 1],
        "api_key": None,
    }


def test_the_signature_is_that_of_what_was_sent_and_what_is_kept_and_published_is_masked() -> None:
    secret, address = SECRETS["of GitHub, ghp"], "ann@mail.example"
    sound = run(repository=f"acme/{address}", note=f"see {secret}")
    for payload, event, topics in (
        (sound, "run", {"deliveries", "events"}),
        ({"note": f"{secret} {address}"}, "run", {"deliveries", "dead-letters"}),
        ({"note": "x"}, f"novel {secret}", {"deliveries", "dead-letters"}),
    ):
        headers, body = signed(payload, SECRET, event)
        delivery = Delivery("acme", {**headers, "x-acme-ref": f"of {secret}"}, body, None, NOON)
        intake = take_in(delivery, Acme(), [SECRET], SIGNED, Catalog([]), SALT, "")
        assert {record.topic for record in intake.records} == topics
        for record in intake.records:
            told = b"".join((record.value, *(value for _, value in record.headers)))
            assert secret.encode() not in told
            assert address.encode() not in told


def test_a_payload_that_escapes_its_characters_is_masked_too() -> None:
    body = b'{"repository": "acme/shop", "run": 1, "at": "2026-01-05T10:00:00Z", "by": "ann\\u0040mail.example"}'
    assert b"mail.example" not in read(Delivery("acme", {}, body, None, NOON), Acme(), SALT).stored_body
    text = b'"ann@mail.example"'
    assert b"mail.example" not in read(Delivery("acme", {}, text, None, NOON), Acme(), SALT).stored_body


def test_a_report_is_masked_and_is_the_same_report_when_it_is_read_again() -> None:
    junit = PostedReport(FORMATS["junit"])
    report = f'<testsuite name="unit"><testcase name="of ann@mail.example with {SECRETS["of npm"]}"/></testsuite>'
    delivery = Delivery("junit", {"x-pipegauge-service": "shop"}, report.encode(), None, NOON)
    first = read(delivery, junit, SALT)
    assert b"mail.example" not in first.stored_body
    assert b"npm_" not in first.stored_body
    again = read(replace(delivery, body=first.stored_body), junit, SALT)
    assert (again.events, again.stored_body) == (first.events, first.stored_body)


def test_a_report_in_json_stays_json() -> None:
    told = {"message": f"see\nann@mail.example and\t{SECRETS['of npm']}"}
    kept = orjson.loads(DEFAULT.report(orjson.dumps(told), SALT))
    assert kept == {"message": f"see\n{hashed('ann@mail.example', SALT)} and\t***"}
    assert DEFAULT.report(b'{ "a": 1, "by": "@x.y" }', SALT) == b'{ "a": 1, "by": "@x.y" }'


@pytest.mark.parametrize("case", cases(), ids=str)
def test_ids_are_the_same_whatever_is_masked(case: Case) -> None:
    source = find_source(case.source)
    without = read(case.delivery(), source, SALT, NOTHING)
    assert [event.id for event in read(case.delivery(), source, SALT).events] == [event.id for event in without.events]


OWN = """redact:
  patterns: ['acme-[a-z0-9]{8}', 'SHOP_[^\\s"]+']
  paths: ["**.otp", "**.login.pin"]
  without: [emails]
"""


def test_forms_and_paths_of_ones_own_are_masked_and_a_kind_can_be_left_out() -> None:
    own = Redaction(parse(OWN, "p.yaml").redact)
    assert (
        own.text("acme-1234abcd acme-short SHOP_é! by ann@mail.example", SALT)
        == "*** acme-short *** by ann@mail.example"
    )
    delivery = Delivery("acme", {}, orjson.dumps(run() | {"otp": "1", "login": {"pin": "2"}, "pin": "3"}), None, NOON)
    stored = orjson.loads(read(delivery, Acme(), SALT, own).stored_body)
    assert (stored["otp"], stored["login"]["pin"], stored["pin"]) == (hashed("1", SALT), hashed("2", SALT), "3")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("patterns: ['(a+)+b']", "'(a+)+b' is more than characters"),
        ("patterns: ['acme-(x|y)']", "is more than characters"),
        ("patterns: ['acme-.*']", "is more than characters"),
        ("patterns: ['[a-z]{40}']", "begins with no text of its own"),
        ("patterns: ['acm?e']", "begins with no text of its own"),
        ("patterns: ['acme-[a-z]+[0-9]{4}']", "has a part without end before its last"),
        ("patterns: ['acme-[z-a]']", "is no pattern"),
        ("patterns: [1]", "redact.patterns[0] should be text"),
        ("paths: ['$.otp']", "is no path of personal values"),
        ("without: [mails]", "redact.without[0]"),
        ("pattern: []", "redact.pattern: unknown key; did you mean 'patterns'?"),
    ],
)
def test_what_cannot_be_masked_by_is_refused_with_its_line(line: str, said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse(f"redact:\n  {line}\n", "p.yaml")
    assert str(refusal.value).startswith("p.yaml:2: ")
    assert said in str(refusal.value)
