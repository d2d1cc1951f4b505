"""What a person who sets up a hook reads of a source."""

from dataclasses import replace
from typing import get_args

import pytest

from deploy.sources_page import READ_FROM, sources_page
from producers.registry import find_source
from producers.vendor import Vendor, because
from stream_processors.correlate import Joined
from stream_processors.metrics import METRICS
from tests.conformance.acme import SOUND


def page_of(source: Vendor) -> str:
    return "\n\n".join(sources_page([source], METRICS.values()))


def github() -> Vendor:
    found = find_source("github")
    assert isinstance(found, Vendor)
    return found


def test_every_event_that_is_joined_is_read_by_a_record_of_one_kind() -> None:
    assert sorted(one.__name__ for read in READ_FROM.values() for one in read) == sorted(
        one.__name__ for one in get_args(Joined)
    )


@pytest.mark.parametrize(
    ("setup", "step"),
    [
        ("Payload URL: {url}.", "1. Payload URL: `https://YOUR-GATEWAY/hooks/acme-ci`."),
        ("Paste `curl {url}`.", "1. Paste `curl https://YOUR-GATEWAY/hooks/acme-ci`."),
        ('Template: {"a": 1}, to {url}', '1. Template: {"a": 1}, to `https://YOUR-GATEWAY/hooks/acme-ci`'),
    ],
)
def test_a_step_shows_an_address_to_be_replaced(setup: str, step: str) -> None:
    assert f"\n{step}\n" in page_of(replace(SOUND, setup=setup))


def test_each_step_is_a_line_of_its_own() -> None:
    assert "\n1. Settings.\n2. Webhooks.\n" in page_of(replace(SOUND, setup="Settings.\nWebhooks."))


def test_what_an_event_becomes_is_told_by_its_fixtures() -> None:
    page = page_of(github())
    assert "| `pull_request_review` | ReviewSubmitted |" in page
    assert "| `build` | none |" in page_of(SOUND)


def test_the_metrics_fed_are_those_that_read_its_events() -> None:
    assert "[gate_pass_rate](metrics.md#gate_pass_rate)" in page_of(github())
    assert "Feeds no metric." in page_of(SOUND)


def test_ignored_events_stand_under_their_reason() -> None:
    source = replace(SOUND, ignored=because({"it tells nothing": ["ping", "pong"], "it is money": ["paid"]}))
    assert "- it is money: `paid`\n- it tells nothing: `ping`, `pong`\n" in page_of(source)


def test_how_it_is_verified_is_what_its_proof_says() -> None:
    assert f"Verified: {SOUND.proof.told}." in " ".join(page_of(SOUND).split())
