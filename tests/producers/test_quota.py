"""A source's quota: a bucket of permits that fills with time, and the gateway's 429."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.quota import Bucket, OverQuota
from schemas.config import Quota
from schemas.config_text import ConfigError, parse
from schemas.instruments import tally
from tests.producers.test_doors import ABOUT, REPORT, SAMPLE, Gateway

TEN = Quota(deliveries=10, per=60)


def sent(bucket: Bucket, quota: Quota, now: float) -> bool:
    """Whether one delivery is taken in."""
    try:
        bucket.check(quota, now)
    except OverQuota:  # what is asked
        return False
    bucket.take(quota, now)
    return True


def test_so_many_may_come_at_once_and_then_one_every_sixth_second() -> None:
    bucket = Bucket()
    assert [sent(bucket, TEN, 1_000) for _ in range(11)] == [True] * 10 + [False]
    assert [sent(bucket, TEN, now) for now in (1_005.9, 1_006, 1_006.1, 1_012)] == [False, True, False, True]


def test_a_refusal_says_when_to_come_again() -> None:
    bucket = Bucket()
    for _ in range(10):
        bucket.take(TEN, 1_000)
    with pytest.raises(OverQuota, match="10 deliveries in 60 s") as refusal:
        bucket.check(TEN, 1_001)
    assert refusal.value.retry_after == 5
    bucket.check(TEN, 1_001 + refusal.value.retry_after)


def test_what_was_let_in_together_is_waited_for_later() -> None:
    bucket = Bucket()
    for _ in range(12):
        bucket.take(TEN, 0)
    with pytest.raises(OverQuota) as refusal:
        bucket.check(TEN, 0)
    assert refusal.value.retry_after == 18


def test_a_quota_that_was_raised_holds_at_once() -> None:
    bucket = Bucket()
    for _ in range(10):
        bucket.take(TEN, 0)
    bucket.check(Quota(deliveries=11, per=60), 0)


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 20), st.integers(1, 100))
def test_never_more_than_twice_the_quota_comes_within_its_time(pauses: list[float], deliveries: int, per: int) -> None:
    quota, bucket, now, taken = Quota(deliveries=deliveries, per=per), Bucket(), 0.0, []
    for pause in pauses:
        now += pause
        if sent(bucket, quota, now):
            taken.append(now)
    assert all(sum(start <= one < start + per for one in taken) <= 2 * deliveries for start in taken)
    assert len(taken) <= deliveries + now * deliveries / per + 1e-6


def test_over_its_quota_a_source_is_answered_429_and_counted_and_others_are_not_touched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000.0
    monkeypatch.setattr("producers.http.time", SimpleNamespace(monotonic=lambda: now, perf_counter=lambda: now))
    gateway = Gateway(SAMPLE.replace("  junit:\n", "  junit:\n    quota: {deliveries: 2, per: 10m}\n"))
    counted = tally("pipegauge.deliveries").count("junit", "over-quota")
    answers = [gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["content-type"] == "application/problem+json"
    assert answers[2].headers["retry-after"] == "300"
    assert answers[2].json()["status"] == 429
    assert tally("pipegauge.deliveries").count("junit", "over-quota") == counted + 1
    assert gateway.ask("POST", "/hooks/acme-ci", content=b"{}").status_code == 401, "another source"
    now += 300
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 202


def test_a_stranger_cannot_use_up_a_senders_quota() -> None:
    gateway = Gateway(SAMPLE.replace("  junit:\n", "  junit:\n    quota: {deliveries: 1, per: 7d}\n"))
    for _ in range(3):
        assert gateway.ask("POST", "/reports/junit", content=REPORT).status_code == 401
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 202


def test_what_was_sent_counts_on_when_the_configuration_is_read_anew() -> None:
    text = SAMPLE.replace("  junit:\n", "  junit:\n    quota: {deliveries: 1, per: 7d}\n")
    gateway = Gateway(text)
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 202
    gateway.read_again(text)
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 429
    gateway.read_again(SAMPLE)
    assert gateway.ask("POST", "/reports/junit", content=REPORT, headers=ABOUT).status_code == 202


@pytest.mark.parametrize("quota", ["0", "{deliveries: 0}", "{deliveries: 5, per: soon}", "{}"])
def test_a_quota_that_says_nothing_is_refused_with_its_line(quota: str) -> None:
    with pytest.raises(ConfigError, match=r"^p\.yaml:4: .*quota"):
        parse(f"sources:\n  github:\n    secrets: [x]\n    quota: {quota}\n", "p.yaml")
